"""Reductions without keepdim in the middle of a model, beside tables of all pairs that are meant."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from torch import nn
from torch.nn.functional import mse_loss

from shapecheck import audit


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def seen(forward, layers, x, y, loss=mse_loss):
    found = audit(Forward(forward, **layers), loss, (x, y)).diagnoses
    return [one.slug for one in found]


def maps():
    return {"colours": nn.Conv2d(2, 3, 1), "alpha": nn.Conv2d(2, 1, 1)}


def fused(keepdim, reduce):
    def forward(model, x):
        colours = model.colours(x)
        top = reduce(colours, keepdim)
        bottom = reduce(colours * colours, keepdim)
        return ((model.alpha(x) * 0.1 + top) / (bottom.abs() + 0.1)).mean((1, 2, 3))

    return forward


REDUCE = [
    lambda x, keepdim: torch.sum(x, 1, keepdim=keepdim),
    lambda x, keepdim: x.mean(dim=1, keepdim=keepdim),
    lambda x, keepdim: x.max(1, keepdim=keepdim).values,
    lambda x, keepdim: x.norm(dim=1, keepdim=keepdim),
]


@pytest.mark.parametrize("reduce", REDUCE)
@pytest.mark.parametrize("keepdim", [False, True])
def test_maps_that_lost_their_channels(reduce, keepdim):
    slugs = seen(fused(keepdim, reduce), maps(), torch.randn(4, 2, 5, 6), torch.randn(4))
    assert slugs == ([] if keepdim else ["axis_lost_by_reduction"])


def rows():
    return {"one": nn.Linear(6, 1), "two": nn.Linear(6, 5)}


def test_a_column_against_a_row_in_the_middle_of_a_model():
    def forward(model, x):
        return (model.one(x) + model.two(x).mean(1)).tanh().mean(1)

    assert "axis_lost_by_reduction" in seen(forward, rows(), torch.randn(8, 6), torch.randn(8))


MEANT = [
    lambda model, x: (model.two(x).sum(1).unsqueeze(1) - model.two(x).sum(1)).tanh(),
    lambda model, x: (model.two(x).sum(1)[:, None] + model.two(x).mean(1)).tanh(),
    lambda model, x: (model.two(x).sum(1, keepdim=True) - model.two(x.flip(1)).sum(1)).tanh(),
]


@pytest.mark.parametrize("table", MEANT)
def test_tables_of_all_pairs(table):
    def loss(out, y):
        return (out - (y[:, None] - y)).pow(2).mean()

    assert "axis_lost_by_reduction" not in seen(table, rows(), torch.randn(8, 6), torch.randn(8), loss)


def test_an_attention_between_all_rows():
    def forward(model, x):
        scores = model.one(x) + model.two(x).mean(1)
        return (scores.softmax(1) @ x).mean(1)

    assert "axis_lost_by_reduction" not in seen(forward, rows(), torch.randn(8, 6), torch.randn(8))
