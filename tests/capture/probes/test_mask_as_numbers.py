"""Zeros and ones as an index: of rows that are meant to be chosen by them, and of a table with a row for each."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from torch import nn
from torch.nn.functional import mse_loss

from shapecheck import audit

ROWS = 6


def seen(run):
    torch.manual_seed(0)
    model = Forward(run, linear=nn.Linear(3, 5), pair=nn.Embedding(2, 5))
    batch = torch.randn(ROWS, 3), torch.randn(ROWS, 5)
    return [found.slug for found in audit(model, mse_loss, batch).diagnoses]


def ended(x):
    return x[:, 0] > 0


def set_by_number(model, x):
    out = model.linear(x).clone()
    out[ended(x).long()] = 0.0
    return out


def set_behind_all_axes(model, x):
    out = model.linear(x)[None].clone()
    out[..., ended(x).int(), :] = 0.0
    return out[0]


def read_by_number(model, x):
    return model.linear(x)[ended(x).long()]


@pytest.mark.parametrize("run", [set_by_number, set_behind_all_axes, read_by_number])
def test_rows_zero_and_one_are_picked_over_and_over(run):
    assert "mask_as_numbers" in seen(run)


def set_by_mask(model, x):
    out = model.linear(x).clone()
    out[ended(x)] = 0.0
    return out


def set_by_its_numbers(model, x):
    out = model.linear(x).clone()
    out[ended(x).nonzero()[:, 0]] = 0.0
    return out


def of_a_table_of_two(model, x):
    return model.linear(x) + model.pair.weight[ended(x).long()]


def one_item_of_each_row(model, x):
    out = model.linear(x)
    return out + out[torch.arange(ROWS), ended(x).long()][:, None]


@pytest.mark.parametrize("run", [set_by_mask, set_by_its_numbers, of_a_table_of_two, one_item_of_each_row])
def test_masks_and_numbers_of_rows(run):
    assert "mask_as_numbers" not in seen(run)


def test_a_learned_table_of_as_many_rows_as_samples():
    def run(model, x):
        return model.linear(x) + model.table.weight[ended(x).long()]

    torch.manual_seed(0)
    model = Forward(run, linear=nn.Linear(3, 5), table=nn.Embedding(ROWS, 5))
    batch = torch.randn(ROWS, 3), torch.randn(ROWS, 5)
    assert audit(model, mse_loss, batch).diagnoses == ()
