"""Levels of a quantile loss along the learned values, and along what these are held against."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
levels = (torch.arange(6) + 0.5) / 6
model, target = nn.Linear(4, 6), nn.Linear(4, 6)


def criterion(values, y):
    with torch.no_grad():
        wanted = target(y)
    difference = {difference}
    below = (difference < 0).float()
    return ({terms}).sum(1).mean()


batches = [(torch.randn(5, 4), torch.randn(5, 4)) for _ in range(3)]
"""
FIRST = "wanted.unsqueeze(1) - values.unsqueeze(2)"
LAST = "wanted.unsqueeze(2) - values.unsqueeze(1)"


@pytest.mark.parametrize(
    ("difference", "terms", "found"),
    [
        (FIRST, "(levels - below).abs() * difference.abs()", True),
        (FIRST, "torch.where(difference < 0, 1 - levels, levels) * difference.abs()", True),
        (LAST, "(levels.view(-1, 1) - below).abs() * difference.abs()", True),
        (FIRST, "(levels.view(1, -1, 1) - below).abs() * difference.abs()", False),
        (FIRST, "(levels[:, None] - below) * difference", False),
        (LAST, "(levels - below).abs() * difference.abs()", False),
        # Weights of the targets, and one target for each row.
        (FIRST, "levels * difference.abs()", False),
        ("(wanted - values)[:, None]", "(levels - below) * difference", False),
    ],
)
def test_levels_belong_to_the_learned_values(difference, terms, found):
    told = slugs(PROGRAM.format(difference=difference, terms=terms))
    assert ("levels_along_targets" in told) is found


def test_the_levels_are_turned():
    found = audited(PROGRAM.format(difference=FIRST, terms="(levels - below).abs() * difference.abs()"))
    edit = "    return ((levels.unsqueeze(-1) - below).abs() * difference.abs()).sum(1).mean()\n"
    assert ("levels_along_targets", [edit]) in found
