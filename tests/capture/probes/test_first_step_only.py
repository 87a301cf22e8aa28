"""The first step of a layer that reads forward, beside first steps that have seen the others."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from torch import nn

from shapecheck import audit

SLUG = "first_step_of_a_forward_layer"


def slugs(run, x=None, **kwargs):
    torch.manual_seed(0)
    model = Forward(run, linear=nn.Linear(8, 5), **kwargs)
    batch = (torch.randn(4, 7, 3) if x is None else x), torch.tensor([0, 1, 2, 3])
    return [found.slug for found in audit(model, nn.CrossEntropyLoss(), batch).diagnoses]


def gru(**kwargs):
    return nn.GRU(3, 8, **({"batch_first": True} | kwargs))


@pytest.mark.parametrize(
    ("run", "layer"),
    [
        (lambda s, x: s.linear(s.rnn(x)[0][:, 0]), gru()),
        (lambda s, x: s.linear(s.rnn(x)[0].select(1, 0)), nn.LSTM(3, 8, 2, batch_first=True)),
        (lambda s, x: s.linear(s.rnn(x.transpose(0, 1))[0][0]), gru(batch_first=False)),
        (lambda s, x: s.linear(torch.relu(s.rnn(x)[0])[:, 0]), gru()),
    ],
)
def test_all_other_steps_are_lost(run, layer):
    assert slugs(run, rnn=layer) == [SLUG]


def states_too(s, x):
    out, h = s.rnn(x)
    return s.linear(out[:, 0] + h[-1])


@pytest.mark.parametrize(
    ("run", "layer"),
    [
        (lambda s, x: s.linear(s.rnn(x)[0][:, -1]), gru()),
        (lambda s, x: s.linear(s.rnn(x.flip(1))[0].flip(1)[:, 0]), gru()),
        (lambda s, x: s.linear(s.rnn(x)[0][:, 0]), nn.GRU(3, 4, batch_first=True, bidirectional=True)),
        (lambda s, x: s.linear(s.rnn(x - x.mean(1, keepdim=True))[0][:, 0]), gru()),
        (lambda s, x: s.linear(s.rnn(x[:, :1])[0][:, 0]), gru()),
        (states_too, gru()),
    ],
)
def test_nothing_is_lost(run, layer):
    assert SLUG not in slugs(run, rnn=layer)
