"""What is added to each sample: a sum of its own, or one of the whole batch."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from torch import nn

from shapecheck import audit


def seen(forward, width=1):
    torch.manual_seed(0)
    model = Forward(forward, pairs=nn.Linear(5, 6), line=nn.Linear(5, width))
    batch = torch.randn(7, 5), torch.randn(7, width)
    return [(found.slug, [fix.title for fix in found.fixes]) for found in audit(model, nn.MSELoss(), batch).diagnoses]


@pytest.mark.parametrize(
    ("forward", "title"),
    [
        (lambda model, x: 0.5 * torch.sum(model.pairs(x) ** 2) + model.line(x), "dim=1, keepdim=True"),
        (lambda model, x: model.line(x) - model.pairs(x).relu().sum() / 6, "dim=1, keepdim=True"),
        (lambda model, x: (model.line(x).squeeze(1) + model.pairs(x).sum()).unsqueeze(1), "dim=1"),
    ],
    ids=["factorization", "subtracted", "no axis left"],
)
def test_a_sum_of_the_whole_batch_is_told(forward, title):
    assert seen(forward) == [("reduced_along_batch", [title])]


def test_a_sum_of_each_sample_is_not():
    assert seen(lambda model, x: model.line(x) + model.pairs(x).sum(1, keepdim=True)) == []


def test_one_that_scales_may_be_of_all():
    assert seen(lambda model, x: model.line(x) / model.pairs(x).exp().sum()) == []


def test_one_that_is_read_twice_may_be_a_term():
    def forward(model, x):
        total = model.pairs(x).pow(2).sum()
        return model.line(x) + total - total.detach()

    assert seen(forward) == []
