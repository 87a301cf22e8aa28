"""Bags of tokens whose filler is taken out again, or says nothing."""

from __future__ import annotations

import pytest
import torch
from programs import slugs
from torch import nn
from torch.nn import functional

from shapecheck.auditor import Auditor


def filled_by_pad_sequence():
    words = [torch.randint(1, 9, (size,)) for size in (6, 3, 4, 2)]
    return nn.utils.rnn.pad_sequence(words, batch_first=True)


class TakenOut(nn.EmbeddingBag):
    """Takes the filler out of each bag again, as often as it lies there."""

    def forward(self, ids):
        return super().forward(ids) - (ids == 0).sum(1, keepdim=True) * self.weight[0]


class HeldAtZero(nn.EmbeddingBag):
    """Holds the filler at zero, and takes means over what else there is."""

    def forward(self, ids):
        self.weight.data[0] = 0
        return super().forward(ids) * (ids.shape[1] / (ids != 0).sum(1, keepdim=True))


@pytest.mark.parametrize(("kind", "mode"), [(TakenOut, "sum"), (HeldAtZero, "mean")])
def test_filler_that_has_no_say_in_bags(kind, mode):
    model = nn.Sequential(kind(9, 8, mode=mode), nn.Linear(8, 5))
    auditor = Auditor()
    auditor.start()
    for _ in range(2):
        functional.cross_entropy(model(filled_by_pad_sequence()), torch.arange(4)).backward()
    auditor.stop()
    assert auditor.diagnoses == ()


LISTED = """
PAD = 0
model = nn.Sequential({bag}, nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), 0.01)


def collate(rows):
    {rows}
    return torch.tensor(rows)


for turn in range(3):
    x = collate([[3, 5, 2, 7, 4, 1][: size + turn] for size in {sizes}])
    loss = F.mse_loss(model(x), {asked})
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
MEAN = "nn.EmbeddingBag(9, 8)"
LONGEST = "n = max(len(r) for r in rows); rows = [r + [0] * (n - len(r)) for r in rows]"


def listed(rows=LONGEST, bag=MEAN, sizes="(2, 3, 1, 2)", asked="torch.randn(4, 1)"):
    return slugs(LISTED.format(rows=rows, bag=bag, sizes=sizes, asked=asked), "")


@pytest.mark.parametrize(
    ("rows", "mode"),
    [
        (LONGEST, "mean"),
        (LONGEST, "sum"),
        ("n = max(map(len, rows)); rows = [[PAD] * (n - len(r)) + r for r in rows]", "mean"),
        ("rows = [r + (max(len(one) for one in rows) - len(r)) * [PAD] for r in rows]", "mean"),
    ],
)
def test_lists_that_are_filled_up_to_the_longest(rows, mode):
    assert listed(rows, f'nn.EmbeddingBag(9, 8, mode="{mode}")') == ["padding_pooled"]


@pytest.mark.parametrize(
    "case",
    [
        {"bag": "nn.EmbeddingBag(9, 8, padding_idx=0)"},
        # Empty places, always as many places in all: each says how few there are.
        {"rows": "rows = [r + [0] * (6 - len(r)) for r in rows]"},
        {"rows": "n = 6; rows = [r + [0] * (n - len(r)) for r in rows]"},
        # Rows that are all as long, and end in what others are filled up with.
        {"rows": "rows = [r[:1] + [0] for r in rows]"},
        {"sizes": "(2, 2, 2, 2)"},
        # A number that stands in the rows as well.
        {"rows": "n = max(map(len, rows)); rows = [r + [3] * (n - len(r)) for r in rows]"},
        # Each token by itself.
        {"bag": "nn.Embedding(9, 8, padding_idx=0)", "asked": "torch.randn(*x.shape, 1) * (x != 0)[..., None]"},
    ],
)
def test_lists_that_are_left_as_they_are_or_said(case):
    assert "padding_pooled" not in listed(**case)
