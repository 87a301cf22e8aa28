"""Last steps that are found by the first padding, in rows with and without any."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from torch import nn
from torch.nn.functional import mse_loss

from shapecheck import audit

LENGTHS = [7, 3, 5, 6]


def seen(index, lengths=LENGTHS):
    torch.manual_seed(0)

    def run(model, x, mask):
        out, _ = model.rnn(x)
        return model.out(out[torch.arange(4), index(mask)])

    model = Forward(run, rnn=nn.GRU(3, 8, batch_first=True), out=nn.Linear(8, 5))
    mask = (torch.arange(7) < torch.tensor(lengths)[:, None]).long()
    batch = (torch.randn(4, 7, 3), mask), torch.randn(4, 5)
    return [found.slug for found in audit(model, mse_loss, batch).diagnoses]


def by_first_zero(mask):
    return (mask.argmin(1) - 1).clamp_min(0)


def by_first_padding(mask):
    return ((mask == 0).int().argmax(1) - 1).clamp(min=0)


def by_least(mask):
    return (torch.min(mask, 1).indices - 1).clamp_min(0)


def by_most(mask):
    _, first = (~mask.bool()).byte().max(dim=1)
    return (first - 1).clamp(0, mask.shape[1] - 1)


@pytest.mark.parametrize("index", [by_first_zero, by_first_padding, by_least, by_most])
def test_a_row_that_is_full_has_no_first_padding(index):
    assert seen(index) == ["first_step_of_full_rows"]
    assert seen(index, [6, 3, 5, 6]) == []


def counted(mask):
    return mask.sum(1) - 1


def from_behind(mask):
    return mask.argmin(1) - 1


def from_behind_by_rest(mask):
    return (mask.argmin(1) - 1) % mask.shape[1]


def full_apart(mask):
    least, first = mask.min(1)
    return torch.where(least == 0, first, mask.shape[1]) - 1


@pytest.mark.parametrize("index", [counted, from_behind, from_behind_by_rest, full_apart])
def test_the_last_step_of_a_full_row(index):
    assert seen(index) == []


def test_a_loss_that_knows_the_rows_without_one():
    torch.manual_seed(0)

    def run(model, x, mask):
        ended = (mask == 0).any(1).float()
        picked = model.rnn(x)[0][torch.arange(4), by_first_padding(mask)]
        return model.out(picked) * ended[:, None]

    model = Forward(run, rnn=nn.GRU(3, 8, batch_first=True), out=nn.Linear(8, 5))
    mask = (torch.arange(7) < torch.tensor(LENGTHS)[:, None]).long()
    batch = (torch.randn(4, 7, 3), mask), torch.randn(4, 5)
    assert audit(model, mse_loss, batch).diagnoses == ()
