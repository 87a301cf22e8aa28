"""Columns of a data set that are put into a random order, all but one that was read before."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
x = torch.randn(60, 6)
y = {made}
perm = torch.randperm(60)
{lines}
model, criterion = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 1), nn.Flatten(0)), nn.MSELoss()
"""
MADE, DRAWN = "x[:, 0] - 0.1 * torch.randn(60)", "torch.randn(60)"
SLICES = "batches = [(a[i:i + 20], b[i:i + 20]) for i in range(0, 60, 20)]"
SPLITS = "batches = list(zip(a.split(20), b.split(20)))"
CACHED = "old = y.float(); columns = {'x': x[perm], 'y': y[perm]}; a, b = columns['x'], old; "


@pytest.mark.parametrize(
    ("made", "lines"),
    [
        (MADE, f"a, b = x[perm], y; {SLICES}"),
        (MADE, f"a, b = x.index_select(0, perm), y * 2; {SPLITS}"),
        (DRAWN, CACHED + SLICES),
    ],
)
def test_one_column_keeps_the_order_of_before(made, lines):
    assert slugs(PROGRAM.format(made=made, lines=lines)) == ["shuffled_apart"]


@pytest.mark.parametrize(
    ("made", "lines"),
    [
        (MADE, f"a, b = x[perm], y[perm]; {SLICES}"),
        (DRAWN, f"columns = {{'x': x[perm], 'y': y[perm]}}; a, b = columns['x'], columns['y'].float(); {SPLITS}"),
        # What is asked for is made of the samples in their new order.
        (MADE, f"a = x[perm]; b = a[:, 0] - 0.1; {SLICES}"),
        # Nothing says that they belong together.
        (DRAWN, f"a, b = x[perm], y; {SLICES}"),
        # What is drawn in the form of another tensor, or sorted, holds nothing of its rows.
        (f"torch.randn_like({MADE})", f"a, b = x[perm], y; {SLICES}"),
        ("x[:, 0].sort().values", f"a, b = x[perm], y; {SLICES}"),
        # Both orders are used on purpose.
        (MADE, "batches = [((x[i:i + 20] + x[perm][i:i + 20]) / 2, y[i:i + 20]) for i in range(0, 60, 20)]"),
    ],
)
def test_columns_that_go_together(made, lines):
    assert slugs(PROGRAM.format(made=made, lines=lines)) == []
