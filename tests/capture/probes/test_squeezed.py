"""A squeeze of all axes where one holds a single item now and then."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from shapecheck.auditor import Auditor


class Pooled(nn.Module):
    def __init__(self, *axes):
        super().__init__()
        self.linear, self.axes = nn.Linear(4, 4), axes

    def forward(self, x):
        x = self.linear(x).squeeze(*self.axes)
        return torch.softmax(x, 0).mul(x).sum(0).sum()


class Last(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.linear = nn.GRU(4, 5, batch_first=True), nn.Linear(5, 1)

    def forward(self, x):
        return self.linear(self.gru(x)[1].squeeze()).squeeze()


def told(model, inputs, target):
    torch.manual_seed(0)
    auditor = Auditor()
    auditor.start()
    try:
        for x in inputs:
            functional.mse_loss(model(x), target(x)).backward()
    finally:
        auditor.stop()
    return [found.slug for found in auditor.diagnoses]


def bags(*counts):
    return [torch.randn(1, count, 4) for count in counts]


def number(x):
    return torch.tensor(0.5)


@pytest.mark.parametrize("counts", [(1, 3, 2), (3, 1, 2), (3, 2, 1)])
def test_an_axis_that_is_lost_now_and_then_is_told(counts):
    assert told(Pooled(), bags(*counts), number) == ["squeezed_by_chance"]


def test_an_axis_that_is_named_is_not():
    assert told(Pooled(0), bags(3, 2, 1), number) == []


def test_an_axis_that_never_holds_one_item_is_not():
    assert told(Pooled(), bags(3, 2, 4), number) == []


def test_a_last_batch_of_one_that_comes_to_the_same_is_not():
    inputs = [torch.randn(count, 3, 4) for count in (4, 1, 3)]
    assert told(Last(), inputs, lambda x: torch.ones(len(x)).squeeze()) == []
