"""A layer that runs along the samples: the line that is told is the one where it was made."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from shapecheck import audit


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def classes(count, size=4):
    return torch.arange(count) % size


class Stacked(nn.Module):
    def __init__(self, batch_first):
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=batch_first)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        return self.head(self.encoder(x).mean(1))


class StackedByDefault(nn.Module):
    def __init__(self):
        super().__init__()
        spare = nn.TransformerEncoderLayer(8, 4, 16, dropout=0.0, batch_first=True)
        block = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0)
        self.others = nn.TransformerEncoder(spare, 1, enable_nested_tensor=False)
        self.blocks = nn.TransformerEncoder(block, 2, enable_nested_tensor=False)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        return self.head(self.others(self.blocks(x)).mean(1))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 6)
        self.head = nn.Linear(6, 5)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.head(out.mean(1))


@pytest.mark.parametrize(
    ("model", "line"),
    [(StackedByDefault, "block = nn.TransformerEncoderLayer"), (Recurrent, "self.lstm = nn.LSTM(8, 6")],
)
def test_a_layer_is_told_where_it_was_made(model, line):
    found = audit(model(), cross_entropy, (torch.randn(6, 7, 8), classes(6))).diagnoses
    edit = found[0].fixes[0].edits[0]
    assert edit.replacement.strip().startswith(line)
    assert edit.replacement.strip().endswith("batch_first=True)")
    assert found[0].place.line == edit.line


def test_an_encoder_of_samples_in_front():
    assert not audit(Stacked(batch_first=True), cross_entropy, (torch.randn(6, 7, 8), classes(6))).diagnoses
