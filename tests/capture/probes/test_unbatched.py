"""Samples that a recurrent layer takes for the steps of one sequence, beside sequences that come one at a time."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from shapecheck.auditor import Auditor


class Model(nn.Module):
    def __init__(self, kind=nn.GRU, axis=None, **keywords):
        super().__init__()
        self.layer, self.linear, self.axis = kind(4, 6, **keywords), nn.Linear(6, 3), axis

    def forward(self, x):
        if self.axis is None:
            return self.linear(self.layer(x)[0])
        return self.linear(self.layer(x.unsqueeze(self.axis))[0].squeeze(self.axis))


def rows(shuffle=True):
    x = torch.randn(24, 4)
    return DataLoader(TensorDataset(x, (x[:, 0] > 0).long()), batch_size=8, shuffle=shuffle)


def told(model, batches):
    torch.manual_seed(0)
    auditor = Auditor()
    auditor.start()
    try:
        for x, y in batches():
            functional.cross_entropy(model(x), y).backward()
    finally:
        auditor.stop()
    return [found.slug for found in auditor.diagnoses]


@pytest.mark.parametrize(
    "model",
    [
        Model(nn.LSTM, batch_first=True),
        Model(nn.RNN, num_layers=2),
        Model(nn.GRU, axis=0, batch_first=True),
        Model(nn.GRU, axis=1),
    ],
    ids=["two axes", "two layers", "unsqueezed in front", "unsqueezed for another layout"],
)
def test_shuffled_rows_as_one_sequence_are_told(model):
    assert told(model, rows) == ["samples_as_one_sequence"]


def test_rows_picked_by_hand():
    def batches():
        x = torch.randn(24, 4)
        for chosen in torch.randperm(24).split(8):
            yield x[chosen], (x[chosen, 0] > 0).long()

    assert told(Model(), batches) == ["samples_as_one_sequence"]


def test_a_batch_of_sequences_of_one_step_is_right():
    assert told(Model(nn.GRU, axis=1, batch_first=True), rows) == []


def test_rows_in_their_order_may_be_one_sequence():
    assert told(Model(), lambda: rows(shuffle=False)) == []


def sequences_by_a_loader():
    x = torch.randn(10, 7, 4)
    loader = DataLoader(TensorDataset(x, (x[..., 0] > 0).long()), batch_size=1, shuffle=True)
    return [(one[0], labels[0]) for one, labels in loader]


def sequences_without_a_batch():
    x = torch.randn(10, 7, 4)
    return DataLoader(TensorDataset(x, (x[..., 0] > 0).long()), batch_size=None, shuffle=True)


def sequences_by_hand():
    x = torch.randn(10, 7, 4)
    return [(x[at], (x[at, :, 0] > 0).long()) for at in torch.randperm(10)]


@pytest.mark.parametrize("batches", [sequences_by_a_loader, sequences_without_a_batch, sequences_by_hand])
def test_one_sequence_at_a_time_is_right(batches):
    assert told(Model(), batches) == []
