"""Centre and scale of one tensor: along the same axis they are right, along two different ones they are not."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
def criterion(out, target):
    return F.mse_loss(scaled(out), target)


def scaled(x):
    {body}


model = nn.Linear(4, 6)
batches = [(torch.randn(5, 9, 4), torch.randn(5, 9, 6)) for _ in range(2)]
"""
STD = "return (x - x.mean({0}, keepdim=True)) / (x.std({1}, keepdim=True) + 1e-5)"
VAR = "return (x - x.mean({0}, keepdim=True)) * torch.rsqrt(x.var({1}, keepdim=True) + 1e-5)"
RANGE = "low = x.amin({0}, keepdim=True); return (x - low) / (x.amax({1}, keepdim=True) - low)"
SOFTMAX = "e = (x - x.max({0}, keepdim=True).values).exp(); return e / e.sum({1}, keepdim=True)"


@pytest.mark.parametrize("form", [STD, VAR, RANGE, SOFTMAX])
def test_both_run_along_the_same_axis(form):
    wrong, right = (PROGRAM.format(body=form.format(2, axis)) for axis in (1, 2))
    assert slugs(wrong) == ["scaled_by_two_rules"]
    assert slugs(right) == []


def test_either_may_be_changed():
    ((_, lines),) = audited(PROGRAM.format(body=STD.format(2, 1)))
    assert [line.strip() for line in lines] == [STD.format(2, 2), STD.format(1, 1)]


@pytest.mark.parametrize(
    "body",
    [
        "return (x - x.mean(2, keepdim=True)) / x.std()",
        "return (x - x.mean((1, 2), keepdim=True)) / x.std(2, keepdim=True)",
        # What was centred is scaled by lengths of its own.
        "c = x - x.mean(1, keepdim=True); return c / c.std(2, keepdim=True)",
    ],
)
def test_wider_groups_and_two_passes_may_be_meant(body):
    assert slugs(PROGRAM.format(body=body)) == []
