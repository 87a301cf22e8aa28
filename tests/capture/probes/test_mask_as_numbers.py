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


MANY = 14


def flags_of(rows):
    return (torch.arange(rows) % 3 == 1).long()


def sorted_together(model, x, flags, order):
    return model.linear(x[order])[flags[order]].mean()


def sums_in_order(model, x, flags, order):
    return model.linear(x)[order].cumsum(0)[flags.index_select(0, order)].mean()


def given_beside_many(model, x, flags, order):
    return model.linear(x)[flags].mean()


@pytest.mark.parametrize("run", [sorted_together, sums_in_order, given_beside_many])
def test_flags_that_came_with_the_rows(run):
    found = audited(run, flags_of(MANY))
    assert [item.slug for item in found] == ["mask_as_numbers"]
    assert found[0].fixes[0].edits[0].replacement.strip().count(".bool()]") == 1


def of_two_prototypes(model, x, flags, order):
    means = torch.stack([model.linear(x)[flags == kind].mean(0) for kind in (0, 1)])
    return (model.linear(x) - means[flags]).square().mean()


def sorted_as_a_mask(model, x, flags, order):
    return model.linear(x[order])[flags[order].bool()].mean()


def of_data_alone(model, x, flags, order):
    return model.linear(x + x[flags]).mean()


def of_a_table_that_a_layer_made(model, x, flags, order):
    table = model.linear(torch.eye(3).repeat(5, 1)[: len(flags)])
    return (model.linear(x) - table[flags]).square().mean()


def weights_of_them(model, x, flags, order):
    return (model.linear(x[order]) * flags[order][:, None]).mean()


@pytest.mark.parametrize(
    "run", [of_two_prototypes, sorted_as_a_mask, of_data_alone, of_a_table_that_a_layer_made, weights_of_them]
)
def test_flags_that_number_what_they_pick(run):
    assert "mask_as_numbers" not in [item.slug for item in audited(run, flags_of(MANY))]


@pytest.mark.parametrize(
    "numbers", [[0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1], [0, 1, 2, 1, 0, 1, 2, 0, 1, 0, 1, 2, 0, 1]]
)
def test_numbers_of_the_row_that_each_hangs_on(numbers):
    assert "mask_as_numbers" not in [item.slug for item in audited(given_beside_many, torch.tensor(numbers))]


def audited(run, flags):
    """A model that is given flags and an order, as they came with the batch."""
    torch.manual_seed(0)
    model = Forward(run, linear=nn.Linear(3, 5))
    batch = (torch.randn(len(flags), 3), flags, torch.randn(len(flags)).argsort()), torch.zeros(())
    return audit(model, mse_loss, batch).diagnoses
