"""The best way to lay each answer beside what was wanted, and the best sample of a batch."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
model = nn.Linear(3, 2)
batches = [(torch.randn({given}, 3), torch.randn({wanted}, 2)) for _ in range(2)]


def criterion(out, wanted):
    {body}
"""
SETS = (
    "gaps = (out[:, :, None] - wanted[:, None]).pow(2).sum(-1); "
    "return gaps.min(dim={}).values.mean() + gaps.amin(dim=1).mean()"
)
ORDERS = (
    "fits = torch.stack([-(out - wanted).abs().mean((1, 2)), -(out.flip(1) - wanted).abs().mean((1, 2))], 1); "
    "return -fits.max({}).values.mean()"
)


@pytest.mark.parametrize(("body", "axis", "wanted"), [(SETS, 2, "6, 5"), (ORDERS, 1, "6, 4")])
def test_each_sample_keeps_its_best(body, axis, wanted):
    wrong, right = (PROGRAM.format(body=body.format(at), given="6, 4", wanted=wanted) for at in (0, axis))
    ((slug, (line,)),) = audited(wrong)
    assert (slug, line.strip()) == ("reduced_along_batch", body.format(axis))
    assert slugs(right) == []


@pytest.mark.parametrize(
    ("body", "given", "wanted"),
    [
        # Two sets of points, each with an axis of its own.
        ("d = torch.cdist(out, wanted); return d.min(0).values.mean() + d.min(1).values.mean()", "6", "5"),
        # The worst error of each number that is predicted.
        ("return (out - wanted).abs().max(dim=0).values.mean()", "6", "6"),
        # Nothing that was wanted is in it.
        ("return F.mse_loss(out, wanted) - 0.1 * out.sigmoid().amax(0).mean()", "6", "6"),
    ],
)
def test_what_may_be_asked_of_a_batch_is_left(body, given, wanted):
    assert slugs(PROGRAM.format(body=body, given=given, wanted=wanted)) == []


@pytest.mark.parametrize(("call", "few"), [("any", "< 1"), ("all", "> 0")])
def test_what_is_true_of_any_sample_is_not_asked_for_each(call, few):
    program = """
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.score = nn.Linear(3, 1)

        def forward(self, x, real):
            hidden = self.score(x).squeeze(-1).masked_fill(~real, -1.0)
            return (hidden + real.{call}(dim={axis}, keepdim=True)).logsumexp(1)


    model, criterion = Model(), nn.MSELoss()
    sets = [(torch.randn(6, 4, 3), torch.arange(24).view(6, 4) {few}, torch.randn(6)) for _ in range(2)]
    batches = []
    for x, real, y in sets:
        loss = criterion(model(x, real), y)
        loss.backward()
    """
    assert [slugs(program.format(call=call, few=few, axis=axis)) for axis in (0, 1)] == [["reduced_along_batch"], []]
