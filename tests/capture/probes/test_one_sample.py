"""One sample of a drawn batch on the way to the loss, beside single steps and beside all samples in turn."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from shapecheck.auditor import Auditor


def told(loss_of, shuffle=True, shape=(4,), layer=None):
    torch.manual_seed(0)
    model = layer or nn.Linear(4, 3)
    x = torch.randn(18, *shape)
    loader = DataLoader(TensorDataset(x, torch.randn(18, 3)), batch_size=6, shuffle=shuffle)
    auditor = Auditor()
    auditor.start()
    try:
        for inputs, targets in loader:
            loss_of(model, inputs, targets).backward()
    finally:
        auditor.stop()
    return [found.slug for found in auditor.diagnoses]


def last_row(model, x, y):
    out = model(x)[-1]
    target = y[-1]
    return functional.mse_loss(out, target)


def first_of_a_loop(model, x, y):
    for row, target in zip(model(x), y, strict=True):
        return functional.mse_loss(row, target)
    return None


def one_row_by_a_slice(model, x, y):
    return functional.mse_loss(model(x)[0:1], y[0:1])


@pytest.mark.parametrize("loss_of", [last_row, first_of_a_loop, one_row_by_a_slice])
def test_one_sample_of_a_drawn_batch_is_told(loss_of):
    assert told(loss_of) == ["loss_of_one_sample_only"]


def each_row(model, x, y):
    out = model(x)
    return sum(functional.mse_loss(out[k], y[k]) for k in range(len(out)))


def first_against_the_rest(model, x, y):
    out = model(x)
    return (out[1:] - out[0]).pow(2).mean()


@pytest.mark.parametrize("loss_of", [each_row, first_against_the_rest])
def test_samples_that_all_count_are_left_alone(loss_of):
    assert told(loss_of) == []


def test_rows_in_their_order_may_be_steps():
    assert told(last_row, shuffle=False) == []


def test_the_last_step_of_each_sample():
    class Last(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.linear = nn.GRU(4, 5), nn.Linear(5, 3)

        def forward(self, x):
            return self.linear(self.layer(x.transpose(0, 1))[0][-1])

    assert told(lambda model, x, y: functional.mse_loss(model(x), y), shape=(7, 4), layer=Last()) == []


def test_an_index_that_samples_are_picked_by_is_no_sample():
    def picked(model, x, y):
        return functional.mse_loss(model(x), y[torch.arange(6)[x[:, 0].argsort()]])

    assert told(picked) == []


def test_an_item_of_the_wrong_axis_is_one_mistake_and_not_two():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm, self.out = nn.LSTM(4, 5, batch_first=True), nn.Linear(5, 3)

        def forward(self, x):
            return self.out(self.lstm(x)[0][-1])

    def loss_of(model, x, y):
        return functional.mse_loss(model(x), y)

    # As many steps as samples: nothing is broadcast.
    assert told(loss_of, shape=(6, 4), layer=Model()) == ["item_of_wrong_axis"]


def test_parts_of_a_split_of_which_each_is_for_a_sample_of_its_own():
    def loss_of(model, x, y):
        parts = model(x).unsqueeze(-1).expand(-1, -1, 6).split([1] * 6, -1)
        return sum((part[i] - y[i].unsqueeze(-1)).abs().sum() for i, part in enumerate(parts))

    assert told(loss_of) == []
