"""A reduction that met a column on the way to a loss keeps its axis."""

import pytest
from mended import mended, printed

VALUES = """
    torch.manual_seed(2)
    net, old = nn.Linear(4, 3), nn.Linear(4, 3)
    states, later, acts = torch.randn(6, 4), torch.randn(6, 4), torch.randint(3, (6, 1))
    reward = {reward}
    guess = net(states).gather(1, acts)
    best = {best}
    goal = reward + 0.9 * best
    {end}
    print(round(net.weight.grad.norm().item(), 4))
"""
COLUMNS = ["torch.randn(6, 1)", "torch.randn(6).unsqueeze(1)", "torch.randn(6)[:, None]", "torch.randn(6).view(-1, 1)"]
LOSS = "F.binary_cross_entropy_with_logits(guess, goal.sigmoid().detach()).backward()"
GIVEN = "gap = (goal - guess).clamp(-1, 1)\n    guess.backward(gap.detach())"


@pytest.mark.parametrize("reward", COLUMNS)
@pytest.mark.parametrize(
    ("end", "best", "kept"),
    [
        (LOSS, "old(later).max(1)[0]", "old(later).max(1, keepdim=True)[0]"),
        (LOSS, "old(later).max(dim=1).values", "old(later).max(dim=1, keepdim=True).values"),
        (GIVEN, "old(later).amax(-1).detach()", "old(later).amax(-1, keepdim=True)"),
        (GIVEN, "old(later).detach().max(1)[0]", "old(later).max(1, keepdim=True)[0]"),
    ],
)
def test_it_keeps_its_axis_where_a_column_is_wanted(reward, end, best, kept):
    found = mended(VALUES.format(reward=reward, end=end, best=best))
    assert found.output == printed(VALUES.format(reward=reward, end=end, best=kept))
    assert not found.doubts


@pytest.mark.parametrize(
    ("reward", "best"),
    [
        ("torch.randn(6)", "old(later).max(1)[0]"),
        ("torch.randn(6, 1)", "old(later)[:, :1].t()"),
        # What would be crossed in its turn.
        ("torch.randn(6, 1)", "old(later).max(1)[0] * torch.ones(6)"),
    ],
)
def test_other_rows_keep_none(reward, best):
    found = mended(VALUES.format(reward=reward, end=LOSS, best=best), most=1)
    assert not any(fix.title == "keepdim=True" for each in found.diagnoses for fix in each.fixes)
