"""States of both directions: those that start a decoder's layers, and those that are joined."""

from __future__ import annotations

import linecache

import pytest
import torch
from forwards import Forward
from torch import nn
from torch.nn.functional import mse_loss

from shapecheck import audit

BATCH, WIDTH = 4, 6


def told(run, layers, width=WIDTH, kind=nn.GRU, deep=None):
    """What is said of a model whose decoder starts from what the function makes of the encoder's state."""
    torch.manual_seed(0)

    def forward(model, x, told):
        _, state = model.encoder(x)
        start = tuple(run(part) for part in state) if isinstance(state, tuple) else run(state)
        return model.out(model.decoder(told, start)[0])

    model = Forward(
        forward,
        encoder=kind(3, WIDTH, layers, batch_first=True, bidirectional=True),
        decoder=kind(2, width, deep or layers, batch_first=True),
        out=nn.Linear(width, 5),
    )
    batch = (torch.randn(BATCH, 7, 3), torch.randn(BATCH, 8, 2)), torch.randn(BATCH, 8, 5)
    return [
        (found.slug, linecache.getline(found.place.file, found.place.line).strip())
        for found in audit(model, mse_loss, batch).diagnoses
    ]


def first_rows(h):
    return h[: len(h) // 2].contiguous()


def halves_added(h):
    return h.view(2, len(h) // 2, *h.shape[1:]).sum(0)


def first_half(h):
    return h.view(2, len(h) // 2, *h.shape[1:])[0].contiguous()


@pytest.mark.parametrize("kind", [nn.GRU, nn.LSTM])
@pytest.mark.parametrize("layers", [2, 3])
@pytest.mark.parametrize(
    ("run", "line"),
    [
        (first_rows, "return h[: len(h) // 2].contiguous()"),
        (halves_added, "return h.view(2, len(h) // 2, *h.shape[1:]).sum(0)"),
        (first_half, "return h.view(2, len(h) // 2, *h.shape[1:])[0].contiguous()"),
    ],
)
def test_rows_that_are_no_layers(run, line, layers, kind):
    assert ("directions_for_layers", line) in told(run, layers, kind=kind)


def directions_added(h):
    return h.view(len(h) // 2, 2, *h.shape[1:]).sum(1)


def forward_states(h):
    return h[::2].contiguous()


def last_rows(h):
    return h[-(len(h) // 2) :].contiguous()


def all_of_all(h):
    return h.mean(0, keepdim=True).repeat(len(h) // 2, 1, 1)


@pytest.mark.parametrize("run", [directions_added, forward_states, last_rows, all_of_all])
@pytest.mark.parametrize("layers", [2, 3])
def test_states_of_the_same_layers_and_summaries(run, layers):
    assert [slug for slug, _ in told(run, layers) if slug == "directions_for_layers"] == []


def directions_side_by_side(h):
    return torch.cat([h[::2], h[1::2]], dim=2)


def test_a_wider_decoder_starts_from_both_directions():
    assert told(directions_side_by_side, 2, width=2 * WIDTH) == []


def one_layer(h):
    return h[:1].contiguous()


def test_a_decoder_of_fewer_layers_is_another_matter():
    assert "directions_for_layers" not in [slug for slug, _ in told(one_layer, 2, deep=1)]


def joined(join):
    torch.manual_seed(1)
    model = Forward(
        lambda m, x: m.out(join(*m.rnn(x))),
        rnn=nn.LSTM(3, WIDTH, 2, batch_first=True, bidirectional=True),
        out=nn.LazyLinear(5),
    )
    x = torch.randn(BATCH, 7, 3)
    model(x)
    return [found.slug for found in audit(model, mse_loss, (x, torch.randn(BATCH, 5))).diagnoses]


@pytest.mark.parametrize(
    "join",
    [
        lambda out, state: torch.cat([state[0][-2], state[0][-2]], 1),
        lambda out, state: torch.cat([state[0][-2], state[0][-1], torch.cat([state[1][-2], state[1][-2]], 1)], 1),
        lambda out, state: torch.stack([state[0][0], state[0][0]], 1).flatten(1),
        lambda out, state: torch.cat([out[:, -1, :WIDTH], out[:, -1, :WIDTH]], 1),
    ],
)
def test_one_direction_that_stands_twice(join):
    assert "one_direction_twice" in joined(join)


@pytest.mark.parametrize(
    "join",
    [
        lambda out, state: torch.cat([state[0][-2], state[0][-1]], 1),
        lambda out, state: torch.cat([state[0][-2], state[1][-2]], 1),
        lambda out, state: state[0][-2],
        lambda out, state: torch.cat([out[:, -1, :WIDTH], out[:, 0, WIDTH:]], 1),
        lambda out, state: torch.cat([out.mean(1), out.mean(1)], 1),
    ],
)
def test_both_directions_and_one_alone(join):
    assert "one_direction_twice" not in joined(join)


@pytest.mark.parametrize(
    "start",
    [lambda h: torch.stack([h[0], h[0]]), lambda h: torch.cat([h[:1], h[:1]]).contiguous()],
)
def test_one_direction_from_which_two_layers_start(start):
    torch.manual_seed(1)
    model = Forward(
        lambda m, x: m.out(m.decoder(x, start(m.rnn(x)[1]))[0][:, -1]),
        rnn=nn.GRU(3, WIDTH, batch_first=True, bidirectional=True),
        decoder=nn.GRU(3, WIDTH, 2, batch_first=True),
        out=nn.Linear(WIDTH, 5),
    )
    batch = torch.randn(BATCH, 7, 3), torch.randn(BATCH, 5)
    assert "one_direction_twice" not in [found.slug for found in audit(model, mse_loss, batch).diagnoses]
