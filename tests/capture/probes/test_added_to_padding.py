"""Codes of the steps that are multiplied by a mask of the padding, or by one of what is real."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward, words
from torch import nn

from shapecheck import audit


def seen(added):
    """What is found where each step is asked for a number, and attention and loss leave out the padding."""
    torch.manual_seed(0)

    def run(model, x):
        pads = x == 0
        h = added(model, model.embedding(x), pads)
        out, _ = model.attention(h, h, h, key_padding_mask=pads)
        return model.linear(h + out).squeeze(-1)

    def loss(values, targets):
        return (values - targets)[targets > 0].pow(2).mean()

    model = Forward(
        run,
        embedding=nn.Embedding(9, 8, padding_idx=0),
        attention=nn.MultiheadAttention(8, 2, batch_first=True),
        places=nn.Embedding(6, 8),
        linear=nn.Linear(8, 1),
    )
    model.register_buffer("table", torch.randn(6, 8))
    model.one = nn.Parameter(torch.randn(8))
    given = words()
    return [found.slug for found in audit(model, loss, (given, given / 9.0)).diagnoses]


@pytest.mark.parametrize(
    "added",
    [
        lambda model, h, pads: h + model.table * pads.unsqueeze(-1),
        lambda model, h, pads: h * 2 + pads.float()[..., None] * model.table,
        lambda model, h, pads: h + (model.places(torch.arange(6)) * pads[:, :, None]),
    ],
)
def test_codes_that_only_the_padding_gets(added):
    assert seen(added) == ["mask_turned_round"]


@pytest.mark.parametrize(
    "added",
    [
        lambda model, h, pads: h + model.table * ~pads.unsqueeze(-1),
        lambda model, h, pads: h + model.table,
        lambda model, h, pads: h + model.places(torch.arange(6)) * (~pads)[:, :, None],
        # One vector that says that there is nothing.
        lambda model, h, pads: h + model.table + model.one * pads.unsqueeze(-1),
        # Something else in the place of what was taken away.
        lambda model, h, pads: (h + model.table) * ~pads.unsqueeze(-1) + model.table * pads.unsqueeze(-1),
        lambda model, h, pads: (h + model.table).masked_fill(pads[..., None], 0) + model.table * pads[..., None],
    ],
)
def test_codes_that_the_real_steps_get(added):
    assert "mask_turned_round" not in seen(added)
