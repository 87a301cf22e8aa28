"""What a model keeps of one batch and joins with the next: a memory of each row, and banks that belong to none."""

from __future__ import annotations

import pytest
from programs import slugs

KEEPS = """
from torch.utils.data import DataLoader, TensorDataset

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.attention = nn.Embedding(20, 6), nn.MultiheadAttention(6, 2, batch_first=True)
        self.conv, self.linear, self.kept = nn.Conv1d(6, 6, 3), nn.Linear(6, 3), None

    def forward(self, words):
        h = self.embedding(words)
        {lines}


data = TensorDataset(torch.randint(0, 20, (24, 7)), torch.randint(0, 3, (24,)))
model, criterion = Model(), nn.CrossEntropyLoss()
batches = DataLoader(data, batch_size=4, shuffle={shuffle})
"""
SEGMENTS = (
    "around = h if self.kept is None else torch.cat([self.kept, h], dim=1)",
    "self.kept = around[:, -5:].detach()",
    "return self.linear((h + self.attention(h, around, around)[0]).mean(1))",
)
LEFT = (
    "front = torch.zeros(len(h), 6, 2) if self.kept is None else self.kept",
    "x = torch.cat((front, h.mT), -1)",
    "self.kept = x[..., -2:].clone().detach()",
    "return self.linear(self.conv(x).mean(-1))",
)
STATES = (
    "whole = [h] if self.kept is None else [h, self.kept.unsqueeze(1)]",
    "out = torch.cat(whole, 1).tanh().mean(1)",
    "self.kept = out.data",
    "return self.linear(out)",
)
BANK = (
    "keys = h.mean(1)",
    "bank = keys if self.kept is None else torch.cat([keys, self.kept])",
    "self.kept = bank[:12].detach()",
    "return self.linear((keys @ bank.t()).softmax(-1) @ bank)",
)
AVERAGE = (
    "mean = h.mean((0, 1)).detach()",
    "self.kept = mean if self.kept is None else 0.9 * self.kept + 0.1 * mean",
    "return self.linear(torch.cat([h, self.kept.expand_as(h)], 1).mean(1))",
)
ANEW = ("self.kept = None", *SEGMENTS)


def program(lines, shuffle=True):
    return KEEPS.format(lines="\n        ".join(lines), shuffle=shuffle)


@pytest.mark.parametrize("lines", [SEGMENTS, LEFT, STATES])
def test_rows_that_remember_other_samples(lines):
    assert slugs(program(lines)) == ["state_of_another_batch"]


@pytest.mark.parametrize("lines", [BANK, AVERAGE, ANEW])
def test_what_belongs_to_no_row_or_begins_anew(lines):
    assert "state_of_another_batch" not in slugs(program(lines))


@pytest.mark.parametrize("lines", [SEGMENTS, LEFT])
def test_batches_that_come_in_their_order_may_go_on(lines):
    assert "state_of_another_batch" not in slugs(program(lines, shuffle=False))
