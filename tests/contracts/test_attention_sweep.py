"""The contracts of attention and of the transformer layers say what torch says."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from wording import check_words

PARAMETERS = (torch.float32,) * 4 + (torch.float64, torch.bfloat16, torch.float16)
WORDING = Path(__file__).parent / "wording"


def batch(draw, first, steps, samples, features):
    return (steps, features) if samples is None else (samples, steps, features) if first else (steps, samples, features)


def masks(draw, asking, looked, samples, heads):
    """Padding mask and attention mask, each now and then, and now and then of a wrong shape."""
    dtype = draw.random.choice((torch.bool, torch.bool, torch.float32, torch.int64))
    padding = draw.tensor((looked,) if samples is None else (samples, looked), dtype, wrong=0.1)
    rows = draw.random.choice(((), (), ((samples or 1) * heads,)))
    attention = draw.tensor((*rows, asking, looked), draw.random.choice((torch.bool, torch.float32)), wrong=0.1)
    return padding if draw.maybe(0.4) else None, attention if draw.maybe(0.4) else None


def attention_call(draw):
    heads = draw.random.choice((1, 2, 3))
    width, first = heads * draw.size(), draw.maybe(0.5)
    kdim, vdim = (draw.random.choice((None, None, 1, 4)) for _ in "kv")
    layer = nn.MultiheadAttention(
        width,
        heads,
        bias=draw.maybe(0.8),
        batch_first=first,
        kdim=kdim,
        vdim=vdim,
        add_bias_kv=draw.maybe(0.1),
        add_zero_attn=draw.maybe(0.1),
    ).to(draw.random.choice(PARAMETERS))
    dtype = layer.out_proj.weight.dtype
    samples = draw.random.choice((None, 1, 2, 3))
    asking, looked = draw.size(), draw.size()
    query = draw.tensor(batch(draw, first, asking, samples, width), dtype, wrong=0.05)
    key = draw.tensor(batch(draw, first, looked, samples, layer.kdim), dtype, wrong=0.05)
    value = draw.tensor(batch(draw, first, looked, samples, layer.vdim), dtype, wrong=0.05)
    padding, attention = masks(draw, asking, looked, samples, heads)
    settings = {"need_weights": draw.maybe(0.7), "average_attn_weights": draw.maybe(0.7), "is_causal": draw.maybe(0.1)}
    given = (query, query, query) if draw.maybe(0.3) else (query, key, value)
    return layer, given, {"key_padding_mask": padding, "attn_mask": attention, **settings}


def encoder_call(draw):
    heads = draw.random.choice((1, 2, 2))
    width, first = heads * draw.size(), draw.maybe(0.7)
    layer = nn.TransformerEncoderLayer(
        width,
        heads,
        3,
        activation=draw.random.choice(("relu", "gelu", torch.tanh)),
        batch_first=first,
        norm_first=draw.maybe(0.3),
        bias=draw.maybe(0.9),
    ).to(draw.random.choice(PARAMETERS))
    samples, steps = draw.random.choice((None, 0, 1, 2, 3)), draw.size()
    padding, attention = masks(draw, steps, steps, samples or 1, heads)
    given = draw.tensor(batch(draw, first, steps, samples, width), layer.linear1.weight.dtype, wrong=0.15)
    return layer, (given,), {"src_mask": attention, "src_key_padding_mask": padding, "is_causal": draw.maybe(0.1)}


def decoder_call(draw):
    heads = draw.random.choice((1, 2))
    width, first = heads * draw.size(), draw.maybe(0.5)
    layer = nn.TransformerDecoderLayer(width, heads, 3, batch_first=first, norm_first=draw.maybe(0.3))
    layer = layer.to(draw.random.choice(PARAMETERS))
    dtype = layer.linear1.weight.dtype
    samples, asking, looked = draw.random.choice((None, 1, 2, 3)), draw.size(), draw.size()
    own, memory = masks(draw, asking, asking, samples, heads), masks(draw, asking, looked, samples, heads)
    tgt = draw.tensor(batch(draw, first, asking, samples, width), dtype, wrong=0.1)
    source = draw.tensor(batch(draw, first, looked, samples, width), dtype, wrong=0.1)
    keywords = {
        "tgt_key_padding_mask": own[0],
        "tgt_mask": own[1],
        "memory_key_padding_mask": memory[0],
        "memory_mask": memory[1],
        "tgt_is_causal": draw.maybe(0.1),
        "memory_is_causal": draw.maybe(0.1),
    }
    return layer, (tgt, source), keywords


CALLS = {
    "MultiheadAttention": attention_call,
    "TransformerEncoderLayer": encoder_call,
    "TransformerDecoderLayer": decoder_call,
}


def sweep(oracle, draw, name, cases, seed):
    source = draw(seed)
    for _ in range(cases):
        layer, args, keywords = CALLS[name](source)
        # In eval mode and without gradients torch takes short ways that look at less.
        # Of a sequence without a step they give back no weights, which is not the contract's to say.
        layer.train(source.maybe(0.5) or 0 in args[0].shape)
        oracle.gradients = source.maybe(0.3)
        oracle.ask(layer, *args, **keywords)
    return oracle.agrees()


@pytest.mark.parametrize("name", CALLS)
def test_the_verdict_is_torchs(oracle, draw, name):
    assert sweep(oracle, draw, name, 200, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 5))
@pytest.mark.parametrize("name", CALLS)
def test_the_verdict_is_torchs_on_many_cases(oracle, draw, name, seed):
    assert sweep(oracle, draw, name, 3000, seed)


@pytest.mark.parametrize("name", CALLS)
def test_the_words_are_those_that_were_read(draw, name):
    source = draw(2)
    check_words(WORDING / f"{name}.txt", (CALLS[name](source) for _ in range(300)))
