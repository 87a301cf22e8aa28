"""The contracts of Bilinear, the embeddings and the functions that pack and pad say what torch says."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence, pad_sequence
from wording import check_words

WORDING = Path(__file__).parent / "wording"


def bilinear_call(draw):
    layer = nn.Bilinear(draw.size(), draw.size(), draw.size(), bias=draw.maybe(0.7))
    layer = layer.to(draw.random.choice((torch.float32,) * 4 + (torch.float64, torch.bfloat16)))
    leading = tuple(draw.random.choice((0, 1, 2, 3)) for _ in range(draw.random.randint(0, 2)))
    one = draw.tensor((*leading, layer.in1_features), layer.weight.dtype)
    two = draw.tensor((*leading, layer.in2_features), layer.weight.dtype)
    return layer, draw.random.choice(((one, two),) * 15 + ((one,), (two, one)))


def indices(draw, shape, rows, wrong=0.1):
    low, high = (0, max(rows, 1)) if not draw.maybe(wrong) else (-1, rows + 2)
    like = draw.tensor(shape, draw.random.choice((torch.int64,) * 6 + (torch.int32, torch.float32)), wrong)
    values = [draw.random.randrange(low, high) for _ in range(like.numel())]
    return torch.tensor(values, dtype=torch.int64).reshape(like.shape).to(like.dtype)


def embedding_call(draw):
    rows = draw.random.choice((0, 1, 2, 3, 5))
    dtype = draw.random.choice((torch.float32, torch.float64, torch.float16))
    layer = nn.Embedding(rows, draw.size(), max_norm=1.0 if draw.maybe(0.1) and rows else None).to(dtype)
    shape = tuple(draw.random.choice((0, 1, 2, 3)) for _ in range(draw.random.randint(0, 3)))
    given = indices(draw, shape, rows, wrong=0.2)
    return layer, (draw.random.choice((given,) * 15 + ((given,), None)),)


def embedding_bag_call(draw):
    rows = draw.random.choice((1, 2, 3, 5))
    layer = nn.EmbeddingBag(
        rows,
        draw.size(),
        mode=draw.random.choice(("sum", "mean", "max") * 6 + ("median",)),
        include_last_offset=draw.maybe(0.3),
        sparse=draw.maybe(0.1),
        scale_grad_by_freq=draw.maybe(0.1),
    ).to(draw.random.choice((torch.float32, torch.float64)))
    if draw.maybe(0.4):
        given = indices(draw, (draw.random.choice((0, 1, 2, 3)), draw.random.choice((0, 1, 2, 3))), rows)
        offsets = draw.random.choice((None,) * 6 + (torch.tensor([0]),))
    else:
        given = indices(draw, (draw.random.choice((0, 1, 2, 3, 5)),), rows)
        cuts = sorted(draw.random.randint(0, given.numel() + draw.maybe(0.1)) for _ in range(draw.random.randint(0, 3)))
        offsets = draw.random.choice(
            (torch.tensor([0, *cuts]),) * 9
            + (
                torch.tensor(cuts, dtype=torch.int64),
                None,
                torch.tensor([[0]]),
                torch.tensor([0.0]),
                torch.tensor([0]).int(),
            )
        )
    if draw.maybe(0.7):
        return layer, (given, offsets)
    return layer, (given, offsets, draw.tensor(given.shape, layer.weight.dtype))


def padded_and_lengths(draw):
    batch, steps = draw.random.choice((0, 1, 2, 3, 3)), draw.size()
    batch_first = draw.maybe(0.5)
    behind = tuple(draw.random.choice((0, 1, 2, 3, 3)) for _ in range(draw.random.randint(0, 2)))
    given = draw.tensor(((batch, steps) if batch_first else (steps, batch)) + behind, wrong=0.1)
    lengths = [draw.random.randint(1 - draw.maybe(0.1), steps + draw.maybe(0.1)) for _ in range(batch)]
    if draw.maybe(0.6):
        lengths.sort(reverse=True)
    if draw.maybe(0.1):
        lengths = lengths[:-1] if draw.maybe(0.5) else [*lengths, 1]
    as_tensor = torch.tensor(lengths, dtype=torch.int64)
    shapes = (as_tensor,) * 6 + (lengths, as_tensor.int(), as_tensor + 0.5, as_tensor[None])
    return given, draw.random.choice(shapes), {"batch_first": batch_first, "enforce_sorted": draw.maybe(0.6)}


def pack_call(draw):
    given, lengths, keywords = padded_and_lengths(draw)
    return pack_padded_sequence, (given, lengths), keywords


def pad_packed_call(draw):
    sizes = sorted((draw.size() for _ in range(draw.size())), reverse=True)
    behind = tuple(draw.size() for _ in range(draw.random.randint(0, 2)))
    data = torch.zeros(sum(sizes), *behind, dtype=draw.random.choice((torch.float32, torch.int64, torch.float64)))
    packed = PackedSequence(data, torch.tensor(sizes))
    total = draw.random.choice((None, None, len(sizes), len(sizes) + 2, len(sizes) - 1, 1.0))
    given = draw.random.choice((packed,) * 12 + (data, None, tuple(packed)))
    return pad_packed_sequence, (given,), {"batch_first": draw.maybe(0.5), "total_length": total}


def pad_call(draw):
    behind = tuple(draw.random.choice((0, 1, 2, 3)) for _ in range(draw.random.randint(0, 2)))
    count = draw.random.choice((0, 1, 2, 2, 3))
    given = [draw.tensor((draw.random.choice((0, 1, 2, 3, 4)), *behind), wrong=0.15) for _ in range(count)]
    side = draw.random.choice(("right",) * 6 + ("left", "middle"))
    shapes = (given,) * 8 + (tuple(given), torch.zeros(2, 3, 4), torch.zeros(3), None, [[1.0], [2.0]])
    return pad_sequence, (draw.random.choice(shapes),), {"batch_first": draw.maybe(0.5), "padding_side": side}


CALLS = {
    "Bilinear": bilinear_call,
    "Embedding": embedding_call,
    "EmbeddingBag": embedding_bag_call,
    "pack_padded_sequence": pack_call,
    "pad_packed_sequence": pad_packed_call,
    "pad_sequence": pad_call,
}


def call(name, source):
    target, args, *keywords = CALLS[name](source)
    return target, args, *(keywords or [{}])


def sweep(oracle, draw, name, cases, seed):
    source = draw(seed)
    for _ in range(cases):
        target, args, keywords = call(name, source)
        oracle.ask(target, *args, **keywords)
    return oracle.agrees()


@pytest.mark.parametrize("name", CALLS)
def test_the_verdict_is_torchs(oracle, draw, name):
    assert sweep(oracle, draw, name, 300, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 6))
@pytest.mark.parametrize("name", CALLS)
def test_the_verdict_is_torchs_on_many_cases(oracle, draw, name, seed):
    assert sweep(oracle, draw, name, 5000, seed)


@pytest.mark.parametrize("name", CALLS)
def test_the_words_are_those_that_were_read(draw, name):
    source = draw(2)
    check_words(WORDING / f"{name}.txt", (call(name, source) for _ in range(300)))
