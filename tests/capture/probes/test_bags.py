"""Bags of tokens whose filler is taken out again, or says nothing."""

from __future__ import annotations

import pytest
import torch
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
