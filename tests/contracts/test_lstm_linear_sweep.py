"""The contracts of LSTM and Linear say what torch says, on seeded cases at the boundary of what these take."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import PackedSequence
from wording import check_words

from shapecheck import predict
from shapecheck.capture import configs

WORDING = Path(__file__).parent / "wording"


def lstm(draw):
    projected = draw.maybe(0.25)
    hidden = draw.size() + projected
    layer = nn.LSTM(
        draw.size(),
        hidden,
        num_layers=draw.random.choice((1, 1, 2, 3)),
        bias=draw.maybe(0.8),
        batch_first=draw.maybe(0.5),
        bidirectional=draw.random.choice((False,) * 6 + (True,) * 4 + (1,)),
        proj_size=draw.random.randint(1, hidden - 1) if projected else 0,
    )
    return layer.to(draw.random.choice((torch.float32,) * 6 + (torch.float64, torch.bfloat16, torch.float16)))


def lstm_call(draw):
    layer = lstm(draw)
    dtype = layer.weight_ih_l0.dtype
    batch, steps = draw.random.choice((0, 1, 2, 2, 3, 3, 4, 5)), draw.size()
    kind = draw.random.choice(("batched", "batched", "unbatched", "packed"))
    rows = layer.num_layers * (2 if layer.bidirectional else 1)
    if kind == "batched":
        shape = (batch, steps, layer.input_size) if layer.batch_first else (steps, batch, layer.input_size)
        given = draw.tensor(shape, dtype)
    elif kind == "unbatched":
        given = draw.tensor((steps, layer.input_size), dtype)
    else:
        sizes = sorted((draw.size() for _ in range(steps)), reverse=True)
        batch = sizes[0]
        # Axis 0 stays right: a packed sequence that lies about its own steps ends the process.
        like = draw.tensor((layer.input_size,), dtype, wrong=0.1)
        given = PackedSequence(like.new_zeros(sum(sizes), *like.shape), torch.tensor(sizes))
    if draw.maybe(0.4):
        return layer, (given,)
    middle = () if kind == "unbatched" else (batch,)
    h_0 = draw.tensor((rows, *middle, layer.proj_size or layer.hidden_size), dtype, wrong=0.15)
    # The cell state is only added to, and may be narrower than what it is added to.
    cell_dtype = draw.random.choice(draw.DTYPES) if draw.maybe(0.15) else dtype
    c_0 = draw.tensor((rows, *middle, layer.hidden_size), cell_dtype, wrong=0.15)
    state = draw.random.choice(
        ((h_0, c_0),) * 12 + ([h_0, c_0], h_0, (h_0,), (h_0, c_0, c_0), None, torch.stack((h_0, h_0)))
    )
    return layer, (given, state)


def linear_call(draw):
    layer = nn.Linear(draw.random.choice((0, 1, 2, 3, 4)), draw.size() - draw.maybe(0.05), bias=draw.maybe(0.8))
    layer = layer.to(draw.random.choice((torch.float32,) * 4 + (torch.float64, torch.bfloat16, torch.float16)))
    leading = tuple(draw.random.choice((0, 1, 2, 3)) for _ in range(draw.random.randint(0, 3)))
    given = draw.tensor((*leading, layer.in_features), layer.weight.dtype, wrong=0.35)
    return layer, (draw.random.choice((given,) * 15 + ((given, given), None, [given])),)


CALLS = {"LSTM": lstm_call, "Linear": linear_call}


def is_other_half(packed, autocast):
    return packed.data.dtype in {torch.float16, torch.bfloat16} - {autocast}


def sweep(oracle, draw, name, cases, seed):
    source = draw(seed)
    for _ in range(cases):
        # Whether oneDNN computes an LSTM of halves depends on whether gradients are wanted.
        oracle.gradients = source.maybe(0.3)
        layer, args = CALLS[name](source)
        # The CPU's autocast does not expect the other half, and fails at a cat deep inside a ragged packed sequence.
        if not (oracle.autocast and isinstance(args[0], PackedSequence) and is_other_half(args[0], oracle.autocast)):
            oracle.ask(layer, *args)
    return oracle.agrees()


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", CALLS)
def test_the_verdict_is_torchs(oracle, draw, name):
    assert sweep(oracle, draw, name, 400, seed=1)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("seed", range(2, 8))
@pytest.mark.parametrize("name", CALLS)
def test_the_verdict_is_torchs_on_many_cases(oracle, draw, name, seed):
    assert sweep(oracle, draw, name, 5000, seed)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", CALLS)
@given(source=st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_call_has_torchs_verdict(oracle, draw, name, source):
    oracle = type(oracle)()
    layer, args = CALLS[name](draw(source))
    oracle.ask(layer, *args)
    assert not oracle.wrong


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
@pytest.mark.parametrize("name", CALLS)
def test_the_verdict_under_autocast_is_torchs(oracle, draw, name, dtype):
    oracle.autocast = dtype
    assert sweep(oracle, draw, name, 300, seed=9)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", CALLS)
def test_the_words_are_those_that_were_read(draw, name):
    source = draw(2)
    check_words(WORDING / f"{name}.txt", ((*CALLS[name](source), {}) for _ in range(300)))


def test_an_lstm_that_cannot_be_trained_in_halves_says_so():
    with torch.autocast("cpu", dtype=torch.float16):
        (found,) = predict(nn.LSTM(2, 3), torch.zeros(4, 5, 2)).violations
    assert (found.role, found.kind, found.got) == ("input", "dtype", (4, 5, 2))
    assert (found.expected_text, found.got_text) == ("autocast to bfloat16", "autocast to float16")
    assert found.reason == "on the CPU no LSTM of float16 can be trained"


def test_a_processor_that_computes_no_lstm_of_bfloat16_is_told_apart(monkeypatch):
    def said(is_supported):
        monkeypatch.setattr(configs, "_has_kernels", lambda dtype: is_supported)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return predict(nn.LSTM(2, 3), torch.zeros(4, 5, 2)).violations

    assert said(True) == ()
    (found,) = said(False)
    assert (found.expected_text, found.got_text) == ("no autocast", "autocast to bfloat16")
    assert found.reason == "this processor computes no LSTM of bfloat16"
