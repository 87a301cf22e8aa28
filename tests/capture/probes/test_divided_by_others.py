"""Means over the steps of sequences, by lengths in the order of the rows and in another one."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
import numpy as np
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

lengths = {lengths}
real = torch.arange(8)[None] < lengths[:, None]


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.linear = nn.GRU(4, 6, batch_first={is_first}), nn.Linear(6, 3)

    def forward(self, x):
        {body}
        return self.linear(mean)


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 8, 4) * real[..., None], torch.randint(0, 3, (5,))) for _ in range(2)]
"""
SORTED = "down, order = lengths.sort(descending=True)"
PACKED = (
    "packed = pack_padded_sequence(x[order], down, batch_first=True)\n"
    "        out = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)[0]"
)
BACK = "out = out[order.argsort()]"
BY_ARRAY = (
    "count = lengths.numpy()",
    "order = np.argsort(-count)",
    "down = torch.from_numpy(np.sort(count)[::-1].copy())",
    "packed = pack_padded_sequence(x.transpose(0, 1)[:, torch.from_numpy(order)], down)",
    "out = pad_packed_sequence(self.rnn(packed)[0])[0][:, torch.from_numpy(np.argsort(order))]",
)


def found(*lines, is_first=True, lengths="torch.tensor([3, 8, 5, 2, 7])"):
    body = "\n        ".join(lines)
    return slugs(PROGRAM.format(body=body, is_first=is_first, lengths=lengths))


@pytest.mark.parametrize(
    ("lines", "is_first"),
    [
        ((SORTED, PACKED, BACK, "mean = out.sum(1) / down[:, None]"), True),
        ((SORTED, PACKED, BACK, "mean = out.sum(dim=1).div(down.float().unsqueeze(1))"), True),
        ((*BY_ARRAY, "mean = out.sum(0) / down.float().unsqueeze(1)"), False),
        (("out = self.rnn(x)[0] * real[..., None]", "mean = out.sum(1) / lengths.flip(0)[:, None]"), True),
    ],
)
def test_lengths_in_another_order(lines, is_first):
    assert "rows_moved_alone" in found(*lines, is_first=is_first)


@pytest.mark.parametrize(
    ("lines", "is_first"),
    [
        ((SORTED, PACKED, BACK, "mean = out.sum(1) / lengths[:, None]"), True),
        ((*BY_ARRAY, "mean = out.sum(0) / lengths[:, None]"), False),
        ((SORTED, PACKED, "mean = (out.sum(1) / down[:, None])[order.argsort()]"), True),
        (("out = self.rnn(x)[0] * real[..., None]", "mean = out.sum(1) / lengths[:, None] ** 0.5"), True),
        (("out = self.rnn(x)[0]", "mean = out.sum(1) / lengths.flip(0)[:, None]"), True),
        (("out = self.rnn(x)[0] * real[..., None]", "mean = out.sum(1) / 8"), True),
    ],
)
def test_lengths_in_the_order_of_the_rows(lines, is_first):
    assert "rows_moved_alone" not in found(*lines, is_first=is_first)


def test_two_lengths_that_may_be_in_another_order_by_chance():
    lines = "out = self.rnn(x)[0] * real[..., None]", "mean = out.sum(1) / lengths.flip(0)[:, None]"
    assert "rows_moved_alone" not in found(*lines, lengths="torch.tensor([3, 8, 8, 3, 8])")
