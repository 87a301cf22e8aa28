"""Which axis of rows is time, by what stands in them."""

from __future__ import annotations

import pytest
import torch

from shapecheck.capture.instruments.rows.overlapping import axis_of_overlap

SERIES = torch.randn(60, 3, generator=torch.Generator().manual_seed(0))


def windows(size, by, *, turned=False):
    rows = torch.stack([SERIES[at : at + size] for at in range(0, 60 - size, by)])
    return rows.transpose(1, 2) if turned else rows


@pytest.mark.parametrize(
    ("value", "axis"),
    [
        (windows(11, 1), 1),
        (windows(11, 4), 1),
        (windows(11, 2, turned=True), 2),
        (windows(11, 1)[..., 0], 1),
        (torch.cat([windows(7, 1)[:5], windows(7, 1)[20:]]), 1),
        # Steps that have the numbers before them for features.
        (torch.stack([SERIES[at : at + 11, 0].unfold(0, 8, 1) for at in range(0, 49, 4)]), None),
        # Pieces that do not overlap, rows in no order, whole numbers, and the same row again and again.
        (windows(11, 11), None),
        (windows(11, 1)[torch.randperm(49, generator=torch.Generator().manual_seed(1))], None),
        ((windows(11, 1) * 9).long(), None),
        (windows(11, 1)[:1].expand(8, -1, -1), None),
        (torch.randint(0, 2, (30, 9), generator=torch.Generator().manual_seed(2)).float(), None),
        (torch.zeros(12, 9), None),
        (torch.randn(12, 9, 4, generator=torch.Generator().manual_seed(3)), None),
    ],
)
def test_rows_that_go_on_with_each_other(value, axis):
    assert axis_of_overlap(value) == axis
