"""A mean over the samples: of a ratio that each of them has, or of one number."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
model = nn.Linear(4, 4)
batches = [(torch.randn(9, 6, 4), torch.randn(9, 6, 4)) for _ in range(2)]


def criterion(made, wanted):
    {lines}
"""


def found(*lines: str) -> list[str]:
    return slugs(PROGRAM.format(lines="\n    ".join(lines)))


@pytest.mark.parametrize(
    ("lines", "mended"),
    [
        (
            ["return (torch.norm(wanted - made, p='fro') / torch.norm(wanted)).mean()"],
            ["return (torch.norm(wanted - made, p='fro', dim=(1, 2)) / torch.norm(wanted, dim=(1, 2))).mean()"],
        ),
        (
            ["error = (wanted - made).pow(2).sum()", "all = wanted.pow(2).sum() + 1e-8", "return (error / all).mean()"],
            ["error = (wanted - made).pow(2).sum(dim=(1, 2))", "all = wanted.pow(2).sum(dim=(1, 2)) + 1e-8"],
        ),
        (
            ["ratio = (wanted - made).square().mean() / wanted.square().mean()", "return torch.mean(-ratio.log())"],
            ["ratio = (wanted - made).square().mean(dim=(1, 2)) / wanted.square().mean(dim=(1, 2))"],
        ),
    ],
    ids=["norms", "sums", "decibels"],
)  # fmt: skip
def test_a_ratio_of_the_whole_batch_is_told_at_its_reductions(lines, mended):
    ((slug, edits),) = audited(PROGRAM.format(lines="\n    ".join(lines)))
    assert slug == "ratio_of_whole_batch"
    assert [edit.strip() for edit in edits] == mended
    assert found(*mended, *lines[len(mended) :]) == []


@pytest.mark.parametrize(
    "lines",
    [
        # No mean is taken of it: the ratio may well be that of the whole batch.
        ["return torch.norm(wanted - made) / torch.norm(wanted)"],
        # A mask is counted over a batch on purpose.
        ["mask = (wanted > 0).float()", "return (((wanted - made).pow(2) * mask).sum() / mask.sum()).mean()"],
        # What a loss of torch returned is averaged out of habit.
        ["return (F.mse_loss(made, wanted) / wanted.pow(2).mean()).mean()"],
        ["return torch.sqrt((wanted - made).pow(2).mean()).mean()"],
    ],
    ids=["no mean", "mask", "of a loss", "root"],
)
def test_other_numbers_of_a_batch_are_not(lines):
    assert found(*lines) == []


def test_the_mean_of_another_function_may_be_a_habit():
    other = "\n\ndef ratio(made, wanted):\n    return (wanted - made).norm() / wanted.norm()\n"
    assert slugs(PROGRAM.format(lines="return ratio(made, wanted).mean()") + other) == []
