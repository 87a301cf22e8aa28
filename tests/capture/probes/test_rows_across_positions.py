"""Rows that a reshape cuts for a softmax: those of the classes, or some that lie across the positions."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
def criterion(scores, wanted):
    c = {size}
    rows = scores.permute(0, 2, 1).reshape(-1, c)
    return -(wanted.permute(0, 2, 1).reshape(-1, c) * rows.log_softmax(dim=1)).sum(1).mean()


model = nn.Conv1d(2, 6, 3, padding=1)
batches = [(torch.randn(4, 2, 10), torch.rand(4, 6, 10)) for _ in range(2)]
"""


def test_they_are_as_long_as_there_are_classes():
    found = audited(PROGRAM.format(size="scores.size(0)"))
    assert [(slug, line.strip()) for slug, (line,) in found] == [("rows_across_positions", "c = scores.size(1)")]
    assert slugs(PROGRAM.format(size="scores.size(1)")) == []


@pytest.mark.parametrize("size", ["3", "12"])
def test_parts_and_pairs_of_positions_are_left(size):
    assert "rows_across_positions" not in slugs(PROGRAM.format(size=size))


def test_windows_of_one_long_series_are_left():
    windows = PROGRAM.format(size="4").replace("permute(0, 2, 1)", "flatten(1)[:, :30]")
    assert "rows_across_positions" not in slugs(windows)
