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


def later(count=7):
    return torch.ones(count, count, dtype=torch.bool).triu(1)


def scaled(s, x, **kwargs):
    q, k, v = s.qkv(x).chunk(3, -1)
    return nn.functional.scaled_dot_product_attention(q, k, v, **kwargs)


def by_hand(s, x, hidden):
    q, k, v = s.qkv(x).chunk(3, -1)
    return (q @ k.mT).masked_fill(hidden, float("-inf")).softmax(-1) @ v


def of_encoder(s, x, hidden=None):
    return s.encoder(s.up(x), mask=hidden)


def attention():
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
    return {"qkv": nn.Linear(3, 24), "up": nn.Linear(3, 8), "encoder": nn.TransformerEncoder(layer, 2)}


@pytest.mark.parametrize(
    "run",
    [
        lambda s, x: s.linear(scaled(s, x, is_causal=True)[:, 0]),
        lambda s, x: s.linear(scaled(s, x, attn_mask=~later())[:, 0:1].squeeze(1)),
        lambda s, x: s.linear(by_hand(s, x, later())[:, 0]),
        lambda s, x: s.linear(of_encoder(s, x, later())[:, 0]),
    ],
)
def test_all_other_steps_are_hidden_from_the_first(run):
    assert slugs(run, **attention()) == [SLUG]


def prefix(count=7):
    hidden = later(count)
    hidden[:, :3] = False
    return hidden


@pytest.mark.parametrize(
    "run",
    [
        lambda s, x: s.linear(scaled(s, x, is_causal=True)[:, -1]),
        lambda s, x: s.linear(of_encoder(s, x)[:, 0]),
        lambda s, x: s.linear(of_encoder(s, x, later().T)[:, 0]),
        lambda s, x: s.linear(of_encoder(s, x, prefix())[:, 0]),
        lambda s, x: s.linear(of_encoder(s, x.flip(1), later()).flip(1)[:, 0]),
        lambda s, x: s.linear(scaled(s, x - x.mean(1, keepdim=True), is_causal=True)[:, 0]),
        lambda s, x: s.linear(sum(of_encoder(s, x, later())[:, at] for at in (0, -1))),
        lambda s, x: s.linear(scaled(s, s.rnn(x)[0], is_causal=True)[:, 0]),
    ],
)
def test_the_first_has_seen_others_or_is_not_alone(run):
    layers = attention() | {"rnn": nn.GRU(3, 3, batch_first=True, bidirectional=True)}
    if "rnn" in run.__code__.co_names:
        layers |= {"qkv": nn.Linear(6, 24)}
    assert SLUG not in slugs(run, **layers)


def looped(s, x, way=iter, in_front=True):
    h = torch.zeros(len(x), 8)
    states = torch.empty(len(x), 0, 8)
    for t in way(range(x.shape[1])):
        h = s.cell(x[:, t], h)
        parts = [h.unsqueeze(1), states] if in_front else [states, h.unsqueeze(1)]
        states = torch.cat(parts, dim=1)
    return states


@pytest.mark.parametrize(
    "run",
    [
        lambda s, x: s.linear(looped(s, x)[:, -1]),
        lambda s, x: s.linear(looped(s, x).transpose(0, 1)[-1].tanh()),
        lambda s, x: s.linear(looped(s, x, in_front=False)[:, 0]),
    ],
)
def test_of_all_states_of_a_loop_the_first_one_is_read(run):
    assert slugs(run, cell=nn.GRUCell(3, 8)) == [SLUG]


@pytest.mark.parametrize(
    "run",
    [
        lambda s, x: s.linear(looped(s, x)[:, 0]),
        lambda s, x: s.linear(looped(s, x, reversed)[:, 0]),
        lambda s, x: s.linear(looped(s, x, in_front=False)[:, -1]),
        lambda s, x: s.linear(looped(s, x)[:, -1] + looped(s, x).mean(1)),
    ],
)
def test_the_state_that_is_read_of_a_loop_has_seen_all(run):
    assert SLUG not in slugs(run, cell=nn.GRUCell(3, 8))
