"""Two sides of a comparison: sorted, summed up or centred along the same axis, or along two."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
model = nn.Linear(3, 6)
batches = [(torch.randn(9, 5, 3), torch.randn(9, 5, 6)) for _ in range(2)]


def criterion(made, wanted):
    return {loss}
"""


@pytest.mark.parametrize(
    "loss",
    [
        "F.mse_loss(made, wanted) + (made.sort(dim={0}).values - wanted.sort(dim={1})[0]).abs().mean()",
        "F.l1_loss(made.cumsum(dim={0}), wanted.cumsum(dim={1}))",
        "((made - made.mean({0}, keepdim=True)) * (wanted - wanted.mean({1}, keepdim=True))).sum({1}).mean()",
    ],
)
def test_both_run_along_the_same_axis(loss):
    found = [slugs(PROGRAM.format(loss=loss.format(*axes))) for axes in ((1, 2), (2, 2))]
    assert found == [["sides_along_different_axes"], []]


def test_either_may_be_the_right_one():
    loss = "F.l1_loss(made.cumsum(dim={0}), wanted.cumsum(dim={1}))"
    ((_, lines),) = audited(PROGRAM.format(loss=loss.format(1, 2)))
    assert [line.strip() for line in lines] == [f"return {loss.format(*axes)}" for axes in ((2, 2), (1, 1))]


def test_one_tensor_may_be_asked_about_both_of_its_axes():
    loss = "F.mse_loss(made, wanted) + (made.softmax(1) - made.softmax(2)).pow(2).mean()"
    assert slugs(PROGRAM.format(loss=loss)) == []
