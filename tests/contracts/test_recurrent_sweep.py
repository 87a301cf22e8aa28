"""The contracts of RNN, GRU and the cells say what torch says."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence
from wording import check_words

WORDING = Path(__file__).parent / "wording"

PARAMETERS = (torch.float32,) * 6 + (torch.float64, torch.bfloat16, torch.float16)


def layer_call(kind):
    def call(draw):
        layer = kind(
            draw.size(),
            draw.size(),
            num_layers=draw.random.choice((1, 1, 2, 3)),
            bias=draw.maybe(0.8),
            batch_first=draw.maybe(0.5),
            bidirectional=draw.random.choice((False,) * 6 + (True,) * 4 + (1,)),
        ).to(draw.random.choice(PARAMETERS))
        dtype = layer.weight_ih_l0.dtype
        batch, steps = draw.random.choice((0, 1, 2, 2, 3, 3, 4, 5)), draw.size()
        form = draw.random.choice(("batched", "batched", "unbatched", "packed"))
        rows = layer.num_layers * (2 if layer.bidirectional else 1)
        if form == "batched":
            shape = (batch, steps, layer.input_size) if layer.batch_first else (steps, batch, layer.input_size)
            given = draw.tensor(shape, dtype)
        elif form == "unbatched":
            given = draw.tensor((steps, layer.input_size), dtype)
        else:
            sizes = sorted((draw.size() for _ in range(steps)), reverse=True)
            batch = sizes[0]
            like = draw.tensor((layer.input_size,), dtype, wrong=0.1)
            given = PackedSequence(like.new_zeros(sum(sizes), *like.shape), torch.tensor(sizes))
        if draw.maybe(0.4):
            return layer, (given,)
        middle = () if form == "unbatched" else (batch,)
        h_0 = draw.tensor((rows, *middle, layer.hidden_size), dtype)
        return layer, (given, draw.random.choice((h_0,) * 10 + ((h_0, h_0), [h_0], None)))

    return call


def cell_call(kind):
    def call(draw):
        layer = kind(draw.size(), draw.size(), bias=draw.maybe(0.8)).to(draw.random.choice(PARAMETERS))
        dtype = layer.weight_ih.dtype
        batch = () if draw.maybe(0.3) else (draw.random.choice((0, 1, 2, 3, 4)),)
        given = draw.tensor((*batch, layer.input_size), dtype)
        if draw.maybe(0.3):
            return layer, (given,)
        h, c = (draw.tensor((*batch, layer.hidden_size), dtype) for _ in "hc")
        if kind is nn.LSTMCell:
            stack = h.new_zeros(2, *h.shape)
            return layer, (given, draw.random.choice(((h, c),) * 10 + ([h, c], h, (h,), (h, c, c), None, stack)))
        return layer, (given, draw.random.choice((h,) * 10 + ((h, c), [h], None)))

    return call


CALLS = {kind.__name__: layer_call(kind) for kind in (nn.RNN, nn.GRU)} | {
    kind.__name__: cell_call(kind) for kind in (nn.RNNCell, nn.GRUCell, nn.LSTMCell)
}


def sweep(oracle, draw, name, cases, seed):
    source = draw(seed)
    for _ in range(cases):
        layer, args = CALLS[name](source)
        oracle.ask(layer, *args)
    return oracle.agrees()


@pytest.mark.parametrize("name", CALLS)
def test_the_verdict_is_torchs(oracle, draw, name):
    assert sweep(oracle, draw, name, 300, seed=1)


@pytest.mark.parametrize("name", CALLS)
def test_the_verdict_under_autocast_is_torchs(oracle, draw, name):
    oracle.autocast = torch.bfloat16
    source = draw(11)
    for _ in range(300):
        layer, args = CALLS[name](source)
        # The CPU's autocast to bfloat16 does not expect float16, and fails at a cat deep inside a packed RNN.
        if not (isinstance(args[0], PackedSequence) and args[0].data.dtype == torch.float16):
            oracle.ask(layer, *args)
    assert oracle.agrees()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 6))
@pytest.mark.parametrize("name", CALLS)
def test_the_verdict_is_torchs_on_many_cases(oracle, draw, name, seed):
    assert sweep(oracle, draw, name, 5000, seed)


@pytest.mark.parametrize("name", CALLS)
def test_the_words_are_those_that_were_read(draw, name):
    source = draw(2)
    check_words(WORDING / f"{name}.txt", ((*CALLS[name](source), {}) for _ in range(300)))
