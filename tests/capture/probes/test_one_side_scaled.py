"""Correlations between two sides: both are brought to deviation one, by the same count, or neither is."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

PROGRAM = """
model = nn.Linear(3, 6)
x = torch.randn(8, 3)
batches = [(x, None)] * 2


def criterion(a, _):
    b = model(x + 0.1)
    {a}
    {b}
    return (a.T @ b / len(a) - torch.eye(6)).pow(2).sum()
"""
A, B = "a = (a - a.mean(0)) / a.std(0)", "b = (b - b.mean(0)) / b.std(0)"


@pytest.mark.parametrize(
    ("a", "b", "line"),
    [
        (A, "b = b - b.mean(0)", 1),
        ("a = a - a.mean(0)", B, 0),
        (A, "b = (b - b.mean(0)) / b.std(0, unbiased=False)", 1),
        (A, "b = (b - b.mean(0)) / (b.std(0, correction=0) + 1e-6)", 1),
    ],
)
def test_both_sides_are_scaled_alike(a, b, line):
    program = PROGRAM.format(a=a, b=b)
    assert slugs(program) == ["one_side_scaled"]
    assert lines_told(program) == [(a, b)[line]]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (A, B),
        ("a = a - a.mean(0)", "b = b - b.mean(0)"),
        ("a = (a - a.mean(0)) / a.std(0, correction=0)", "b = (b - b.mean(0)) / b.std(0, unbiased=False)"),
        # What was known beforehand has a deviation of its own.
        (A, "b = torch.ones(8, 6) * x[:, :1]; b = b - b.mean(0)"),
    ],
)
def test_sides_that_are_alike_are_left(a, b):
    assert slugs(PROGRAM.format(a=a, b=b)) == []
