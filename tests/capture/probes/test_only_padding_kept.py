"""Masks of what a padding put in at both ends of a sequence that is cut into windows, either way round."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from torch import nn
from torch.nn.functional import pad

from shapecheck import audit

LOW = -1e9


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def windows(x):
    """(batch_size, steps, features) -> (batch_size, blocks, window, features), with two steps more on either side."""
    return pad(x, (0, 0, 2, 2)).unfold(1, 8, 4).transpose(2, 3)


def attending(fill):
    def run(model, x):
        batch, steps, _ = x.shape
        query = model.query(x).view(batch, steps // 4, 4, -1)
        keys = windows(model.key(x))
        scores = query @ keys.transpose(-2, -1)
        real = windows(torch.ones(1, steps, 1)).squeeze(-1)
        return fill(scores, real[:, :, None]).softmax(-1).matmul(keys).reshape(batch, steps, -1)

    return Forward(run, query=nn.Linear(5, 6), key=nn.Linear(5, 6))


def told(model, steps=16):
    batch = torch.randn(3, steps, 5), torch.randn(3, steps, 6)
    return [found for found in audit(model, nn.MSELoss(), batch).diagnoses if found.slug == "mask_turned_round"]


TURNED = [
    (lambda scores, real: scores.masked_fill(real == 1, LOW), "scores.masked_fill(~(real == 1), LOW)"),
    (lambda scores, real: scores.masked_fill(real.bool(), LOW), "scores.masked_fill(~real.bool(), LOW)"),
    (lambda scores, real: torch.masked_fill(scores, ~(real == 0), torch.finfo(scores.dtype).min), ""),
]


@pytest.mark.parametrize(("fill", "edit"), TURNED)
def test_what_leaves_the_padding_alone(fill, edit):
    (found,) = told(attending(fill))
    (fix,) = found.fixes
    assert fix.verified == "call"
    assert bool(fix.edits) == bool(edit)
    assert edit in "".join(change.replacement for change in fix.edits)


@pytest.mark.parametrize(
    "fill",
    [
        lambda scores, real: scores.masked_fill(real == 0, LOW),
        lambda scores, real: scores.masked_fill(~real.bool(), LOW),
        lambda scores, real: scores.masked_fill((real + 1).bool() & (real == 0), LOW),
        lambda scores, real: scores + LOW * (1 - real),
    ],
)
def test_what_hides_the_padding_is_left_alone(fill):
    assert told(attending(fill)) == []


def test_every_window_may_have_a_key_that_is_put_in_on_purpose():
    """With a learned key in front of each window, no row hides everything: an attention may be left with that alone."""

    def run(model, x):
        keys = torch.cat([model.own.weight.expand(len(x), 1, -1), model.key(x)], 1)
        hidden = pad(torch.ones(1, 1, x.shape[1]), (1, 0)).bool()
        scores = (model.query(x) @ keys.transpose(-2, -1)).masked_fill(hidden, LOW)
        return scores.softmax(-1) @ keys

    layers = {"query": nn.Linear(5, 6), "key": nn.Linear(5, 6), "own": nn.Embedding(1, 6)}
    assert told(Forward(run, **layers)) == []


def test_a_triangle_beside_keys_that_all_may_see_is_left_alone():
    def run(model, x):
        keys = torch.cat([model.own.weight.expand(len(x), 2, -1), model.key(x)], 1)
        hidden = pad(torch.ones(x.shape[1], x.shape[1]).triu(1), (2, 0)).bool()
        scores = (model.query(x) @ keys.transpose(-2, -1)).masked_fill(hidden, LOW)
        return scores.softmax(-1) @ keys

    layers = {"query": nn.Linear(5, 6), "key": nn.Linear(5, 6), "own": nn.Embedding(2, 6)}
    assert told(Forward(run, **layers)) == []
