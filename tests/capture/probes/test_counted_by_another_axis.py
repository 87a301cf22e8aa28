"""Loops over the items of an axis, and the size at which they end."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.head = nn.GRUCell(3, 8), nn.Linear(8, 2)

    def forward(self, x):
        state = x.new_zeros(len(x), 8)
        {lines}
        return self.head(state)


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(4, 9, 3), torch.randn(4, 2)) for _ in range(2)]
"""


@pytest.mark.parametrize(
    ("lines", "size"),
    [
        ("for t in range({}):\n            state = self.cell(x[:, t], state)", "x.size({})"),
        ("for t in range(1, {}):\n            state = self.cell(x[:, t, :], state)", "x.shape[{}]"),
        ("state = self.cell(torch.stack([x[:, t] for t in range({})]).mean(0), state)", "x.size({})"),
        ("for t in reversed(range({})):\n            state = self.cell(x[:, t], state)", "x.size({})"),
        ("for t in range(0, {} - 2, 2):\n            state = self.cell(x[:, t : t + 2].mean(1), state)", "x.size({})"),
    ],
)
def test_they_end_at_the_size_of_the_axis_that_they_go_along(lines, size):
    wrong, right = (PROGRAM.format(lines=lines.format(size.format(axis))) for axis in (2, 1))
    found = audited(wrong)
    assert [slug for slug, _ in found] == ["counted_by_another_axis"]
    assert "x.size(1)" in found[0][1][0]
    assert slugs(right) == []


@pytest.mark.parametrize(
    "lines",
    [
        # The first few steps, by a number of their own.
        "for t in range(3):\n            state = self.cell(x[:, t], state)",
        "first = x[:, :3]\n        for t in range(first.size(1)):\n            state = self.cell(x[:, t], state)",
        # It was turned since.
        "n, c, t = x.mT.shape\n        for i in range(t):\n            state = self.cell(x[:, i], state)",
        "b, n, c = x.shape\n        x = x.transpose(0, 1)\n        for i in range(n):\n"
        "            state = self.cell(x[i], state)",
        # The first columns are those of the rows themselves.
        "g = state @ torch.cat([state, x[:, 0, :1].expand(-1, 8)]).mT\n"
        "        state = state + torch.stack([g[:, at] for at in range(g.size(0))], 1).mean(1, keepdim=True)",
        # Both are taken.
        "for t in range(x.size(2)):\n            state = self.cell(x[:, t] + x[:, :, t].mean(1)[:, None], state)",
    ],
)
def test_other_ends_may_be_meant(lines):
    assert "counted_by_another_axis" not in slugs(PROGRAM.format(lines=lines))
