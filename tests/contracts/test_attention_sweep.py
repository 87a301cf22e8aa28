"""The contracts of attention and of the transformer layers say what torch says."""

from __future__ import annotations

import pytest
import torch
from torch import nn


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
    )
    samples = draw.random.choice((None, 1, 2, 3))
    asking, looked = draw.size(), draw.size()
    query = draw.tensor(batch(draw, first, asking, samples, width), wrong=0.05)
    key = draw.tensor(batch(draw, first, looked, samples, layer.kdim), wrong=0.05)
    value = draw.tensor(batch(draw, first, looked, samples, layer.vdim), wrong=0.05)
    padding, attention = masks(draw, asking, looked, samples, heads)
    settings = {"need_weights": draw.maybe(0.7), "average_attn_weights": draw.maybe(0.7)}
    return layer, (query, key, value), {"key_padding_mask": padding, "attn_mask": attention, **settings}


def encoder_call(draw):
    heads = draw.random.choice((1, 2))
    width, first = heads * draw.size(), draw.maybe(0.5)
    layer = nn.TransformerEncoderLayer(width, heads, 3, batch_first=first, norm_first=draw.maybe(0.3))
    samples, steps = draw.random.choice((None, 1, 2, 3)), draw.size()
    padding, attention = masks(draw, steps, steps, samples, heads)
    given = draw.tensor(batch(draw, first, steps, samples, width), wrong=0.15)
    return layer, (given,), {"src_mask": attention, "src_key_padding_mask": padding}


def decoder_call(draw):
    heads = draw.random.choice((1, 2))
    width, first = heads * draw.size(), draw.maybe(0.5)
    layer = nn.TransformerDecoderLayer(width, heads, 3, batch_first=first, norm_first=draw.maybe(0.3))
    samples, asking, looked = draw.random.choice((None, 1, 2, 3)), draw.size(), draw.size()
    own, memory = masks(draw, asking, asking, samples, heads), masks(draw, asking, looked, samples, heads)
    tgt = draw.tensor(batch(draw, first, asking, samples, width), wrong=0.1)
    source = draw.tensor(batch(draw, first, looked, samples, width), wrong=0.1)
    keywords = {
        "tgt_key_padding_mask": own[0],
        "tgt_mask": own[1],
        "memory_key_padding_mask": memory[0],
        "memory_mask": memory[1],
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
