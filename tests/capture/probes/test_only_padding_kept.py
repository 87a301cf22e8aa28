"""Masks of what a padding put in at the ends of sequences and images that are cut up, either way round."""

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
    (lambda scores, real: torch.where(real == 0, scores, LOW), "torch.where(~(real == 0), scores, LOW)"),
    (lambda scores, real: torch.where(real.bool(), LOW, scores), "torch.where(~real.bool(), LOW, scores)"),
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
        lambda scores, real: torch.where(real == 0, LOW, scores),
        lambda scores, real: torch.where(real.bool(), scores, LOW),
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


def patches(x, size=6):
    """(batch_size, channels, height, width) -> (batch_size, blocks, pixels, channels), each with a halo of one."""
    cut = torch.nn.functional.unfold(x, size, stride=4, padding=1)
    return cut.view(len(x), x.shape[1], size * size, -1).permute(0, 3, 2, 1)


def with_halo(fill, bias=0.0):
    def run(model, x):
        image = x.view(len(x), 5, 8, 8)
        keys = model.key(patches(image))
        query = model.query(patches(image)[:, :, :16])
        scores = query @ keys.transpose(-2, -1) + bias
        real = patches(torch.ones(1, 1, 8, 8))[..., 0].unsqueeze(2)
        return (fill(scores, real).softmax(-1) @ keys).reshape(len(x), 64, -1)

    return Forward(run, query=nn.Linear(5, 6), key=nn.Linear(5, 6))


@pytest.mark.parametrize(
    ("fill", "bias", "is_wrong"),
    [
        (lambda scores, real: scores.masked_fill(real.bool(), LOW), 0.0, True),
        (lambda scores, real: scores.masked_fill(~real.bool(), LOW), 0.0, False),
        # What is put in may be told apart by its place: somebody may want that.
        (lambda scores, real: scores.masked_fill(real.bool(), LOW), torch.arange(36) * 0.1, False),
        (lambda scores, real: scores, 0.0, False),
    ],
)
def test_patches_with_a_halo_that_an_image_ends_in(fill, bias, is_wrong):
    batch = torch.randn(3, 64, 5).transpose(1, 2), torch.randn(3, 64, 6)
    model = with_halo(fill, bias)
    slugs = [found.slug for found in audit(model, nn.MSELoss(), batch).diagnoses if found.slug == "mask_turned_round"]
    assert slugs == ["mask_turned_round"] * is_wrong
