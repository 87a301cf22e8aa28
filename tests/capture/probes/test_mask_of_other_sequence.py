"""Attention from one sequence to another with the mask of the wrong one, in several ways, beside correct programs."""

from __future__ import annotations

import linecache

import pytest
import torch
from forwards import Forward
from torch import nn
from torch.nn.functional import cross_entropy, scaled_dot_product_attention

from shapecheck import audit

SOURCE, TARGET = [6, 5, 4, 6], [3, 2, 6, 4]


def filled(lengths):
    words = torch.randint(1, 9, (len(lengths), 6))
    return words.masked_fill(torch.arange(6) >= torch.tensor(lengths)[:, None], 0)


def classes(scores, target):
    return cross_entropy(scores.transpose(1, 2), target, ignore_index=0)


def told(run, lengths=(SOURCE, TARGET), more=()):
    torch.manual_seed(0)
    source, target = (filled(one) for one in lengths)
    layers = {
        "source": nn.Embedding(9, 8),
        "target": nn.Embedding(9, 8),
        "cross": nn.MultiheadAttention(8, 2, batch_first=True),
        "core": nn.Transformer(8, 2, 1, 1, 16, dropout=0.0, batch_first=True),
        "k": nn.Linear(8, 8),
        "linear": nn.Linear(8, 9),
    }
    given = (source, target, *(make(source, target) for make in more))
    return audit(Forward(run, **layers), classes, (given, target.roll(-1, 1))).diagnoses


def layer(model, source, target):
    own, other = source == 0, target == 0
    h = model.target(target)
    memory = model.source(source)
    h = h + model.cross(h, memory, memory, key_padding_mask=other, need_weights=False)[0]
    return model.linear(h), own.sum()


def whole(model, source, target):
    own, other = source.eq(0), target.eq(0)
    h = model.core(
        model.source(source),
        model.target(target),
        tgt_mask=torch.ones(6, 6, dtype=torch.bool).triu(1),
        src_key_padding_mask=own,
        tgt_key_padding_mask=other,
        memory_key_padding_mask=other,
    )
    return model.linear(h), 0


def by_hand(model, source, target):
    own = source != 0
    other = target != 0
    h, memory = model.target(target), model.source(source)
    scores = h @ model.k(memory).transpose(1, 2) / 8**0.5
    scores = scores.masked_fill(~other[:, None, :], -1e9)
    return model.linear(h + scores.softmax(-1) @ memory), own.sum()


def scaled(model, source, target):
    own, other = (source != 0)[:, None], (target != 0)[:, None]
    h, memory = model.target(target), model.source(source)
    h = h + scaled_dot_product_attention(h, model.k(memory), memory, attn_mask=other.expand(-1, 6, -1))
    return model.linear(h), own.sum()


def first(run):
    return lambda model, *given: run(model, *given)[0]


@pytest.mark.parametrize("run", [layer, whole, by_hand, scaled])
def test_the_mask_of_the_sequence_that_asks(run):
    assert "mask_of_other_sequence" in [found.slug for found in told(first(run))]


@pytest.mark.parametrize(
    ("run", "line", "change"),
    [
        (whole, "memory_key_padding_mask=other,", "memory_key_padding_mask=own,"),
        (
            layer,
            "h = h + model.cross(h, memory, memory, key_padding_mask=other, need_weights=False)[0]",
            "h = h + model.cross(h, memory, memory, key_padding_mask=own, need_weights=False)[0]",
        ),
    ],
)
def test_the_line_that_hands_it_over(run, line, change):
    (found,) = (one for one in told(first(run)) if one.slug == "mask_of_other_sequence")
    assert linecache.getline(found.place.file, found.place.line).strip() == line
    assert [edit.replacement.strip() for edit in found.fixes[0].edits] in ([change], [])


@pytest.mark.parametrize("run", [layer, whole, by_hand, scaled])
def test_sequences_that_end_at_the_same_places_share_a_mask(run):
    assert "mask_of_other_sequence" not in [found.slug for found in told(first(run), (TARGET, TARGET))]


def right(model, source, target):
    h, memory = model.target(target), model.source(source)
    return model.linear(h + model.cross(h, memory, memory, key_padding_mask=source == 0)[0])


def given_beside(model, source, target, mask):
    h, memory = model.target(target), model.source(source)
    return model.linear(h + model.cross(h, memory, memory, key_padding_mask=mask)[0])


def of_itself(model, source, target):
    h = model.target(target) + model.source(source).mean(1, keepdim=True)
    return model.linear(h + model.cross(h, h, h, key_padding_mask=target == 0)[0])


def of_both(model, source, target):
    h, memory = model.target(target), model.source(source) + model.target(target)
    return model.linear(h + model.cross(h, memory, memory, key_padding_mask=target == 0)[0])


def nothing_hidden(source, _):
    return torch.zeros_like(source, dtype=torch.bool)


def more_hidden(source, _):
    hidden = source == 0
    hidden[:, 1] = True
    return hidden


@pytest.mark.parametrize(
    ("run", "more"),
    [
        (right, ()),
        (of_itself, ()),
        (of_both, ()),
        (given_beside, (lambda source, _: source == 0,)),
        (given_beside, (nothing_hidden,)),
        (given_beside, (more_hidden,)),
    ],
)
def test_other_masks_are_left_alone(run, more):
    assert "mask_of_other_sequence" not in [found.slug for found in told(run, more=more)]


def test_a_mask_that_the_loader_made_of_the_other_sequence():
    assert "mask_of_other_sequence" in [
        found.slug for found in told(given_and_asked, more=(lambda _, target: target == 0,))
    ]


def given_and_asked(model, source, target, mask):
    own, other = source == 0, target == 0
    return given_beside(model, source, target, mask) + 0 * own[..., None] + 0 * other[..., None]
