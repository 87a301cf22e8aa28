"""Where guesses are cut out of what a model gives, and what its loss takes that for."""

from __future__ import annotations

import pytest
from programs import slugs

BODY = """
model = nn.Sequential(nn.Linear(6, 4){last})
data = [(torch.randn(5, 6), torch.randint(0, 2, (5, 4)).float()) for _ in range(2)]
"""
TRAIN = """
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in data:
    out = model(x)
    loss = F.{loss}(out, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    {inside}
model.eval()
with torch.no_grad():
    for x, y in data:
        out = model(x)
        {behind}
"""
SCORES = ("", "binary_cross_entropy_with_logits")
SHARES = (", nn.Sigmoid()", "binary_cross_entropy")


# One after the other in one script, since each of them is to be silent.
RIGHT_SCORES = (
    "print(((out > 0) == y.bool()).float().mean())",
    "print(((out.sigmoid() > 0.5) == y.bool()).float().mean())",
    "print((torch.sigmoid(out).round() == y).all(1).sum())",
    # A bar that was chosen, and one that nothing is held against.
    "print(((out > 0.8) == y.bool()).float().mean())",
    "print((out > 0.5).sum())",
)
RIGHT_SHARES = (
    "print(((out > 0.5) == y.bool()).float().mean())",
    "print((out.round() == y).all(1).sum())",
)


# Cut at several numbers: the bar is looked for, or beside the middle something else is counted.
CHOSEN = (
    "print([((out > bar) == y.bool()).float().mean() for bar in (-0.5, 0.0, 0.5)])",
    "print(((out > 0) == y.bool()).sum(), ((out > 0.5) & (y > 0)).sum())",
)
# Choices that were left out have a probability of nothing.
OPEN = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 4)

    def forward(self, x):
        return self.linear(x){left}.softmax(1)


model = Model()
data = [(torch.randn(5, 6), torch.eye(4)[[0, 0, 1, 0, 1]]) for _ in range(2)]
"""


@pytest.mark.parametrize("measured", CHOSEN)
def test_a_bar_that_was_chosen(measured, capsys):
    last, loss = SCORES
    assert slugs(BODY.format(last=last), TRAIN.format(loss=loss, inside=measured, behind="pass")) == []


@pytest.mark.parametrize(
    ("left", "told"), [("", ["cut_elsewhere"]), (".masked_fill(torch.arange(4) > 1, -torch.inf)", [])]
)
def test_what_was_left_out_has_a_probability_of_nothing(left, told, capsys):
    after = TRAIN.format(loss="binary_cross_entropy", inside="print(((out > 0) == y.bool()).all())", behind="pass")
    assert slugs(OPEN.format(left=left), after) == told


@pytest.mark.parametrize(
    ("kind", "place", "measured", "is_told"),
    [
        (SCORES, "inside", "; ".join(RIGHT_SCORES), False),
        (SCORES, "behind", "; ".join(RIGHT_SCORES), False),
        (SHARES, "inside", "; ".join(RIGHT_SHARES), False),
        (SHARES, "behind", "; ".join(RIGHT_SHARES), False),
        (SCORES, "inside", "print(((out > 0.5) == y.bool()).float().mean())", True),
        (SCORES, "inside", "print(out.detach().flatten().ge(0.5).long().eq(y.flatten()).sum())", True),
        (SCORES, "behind", "print((out.round() == y).all(1).sum())", True),
        (SCORES, "behind", "print(((out > 0.5).float() * y).sum() / y.sum())", True),
        (SHARES, "inside", "print(((out > 0) == y.bool()).float().mean())", True),
        (SHARES, "behind", "print(((out > 0) == y.bool()).float().mean())", True),
    ],
)
def test_guesses_are_cut_where_the_loss_has_its_middle(kind, place, measured, is_told, capsys):
    last, loss = kind
    after = TRAIN.format(loss=loss, **({"inside": "pass", "behind": "pass"} | {place: measured}))
    assert slugs(BODY.format(last=last), after) == (["cut_elsewhere"] if is_told else [])
