"""Sequences that repeat their last step behind their end: a mask beside them is one of padding."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from torch import nn

from shapecheck import audit


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def chunks(*, is_held=True, turned=False):
    """Sequences of which each repeats its last step behind its end, and where they go on."""
    lengths = torch.tensor([8, 3, 5, 4, 7, 6])
    at = torch.arange(8)[None]
    kept = at < lengths[:, None]
    steps = torch.randn(6, 8, 2)
    held = steps[torch.arange(6)[:, None], at.minimum(lengths[:, None] - 1)] if is_held else steps
    return (held.transpose(0, 1), kept.t()) if turned else (held, kept)


def held_loss(error, reduce):
    return lambda guess, target: reduce(error(guess, target[0]), target[1].unsqueeze(-1))


def off(guess, steps):
    return nn.functional.l1_loss(guess, steps, reduction="none")


HELD = [
    (lambda each, mask: (each * mask).mean(), True),
    (lambda each, mask: each.masked_fill(~mask, 0.0).mean(), True),
    (lambda each, mask: torch.where(mask, each, 0.0).mean(dim=(0, 1)).sum(), True),
    (lambda each, mask: (each * mask).sum() / (mask.sum() * each.shape[-1]), False),
    (lambda each, mask: (each * mask).mean() / mask.float().mean(), False),
    (lambda each, mask: each[mask.squeeze(-1)].mean(), False),
]


@pytest.mark.parametrize(("reduce", "is_wrong"), HELD)
@pytest.mark.parametrize("turned", [False, True])
def test_steps_that_repeat_the_last_one_are_padding(reduce, is_wrong, turned):
    steps, mask = chunks(turned=turned)
    model = Forward(lambda model, x: model.linear(x), linear=nn.Linear(2, 2))
    batch = (torch.randn(*steps.shape), (steps, mask))
    slugs = [found.slug for found in audit(model, held_loss(off, reduce), batch).diagnoses]
    assert ("padding_in_mean" in slugs) == is_wrong


@pytest.mark.parametrize("is_constant", [False, True])
def test_steps_that_go_on_behind_a_mask_or_never_move_are_no_padding(is_constant):
    steps, mask = chunks(is_held=False)
    steps = steps[:, :1].expand(-1, 8, -1).clone() if is_constant else steps
    model = Forward(lambda model, x: model.linear(x), linear=nn.Linear(2, 2))
    loss = held_loss(off, lambda each, mask: (each * mask).mean())
    slugs = [found.slug for found in audit(model, loss, (torch.randn(6, 8, 2), (steps, mask))).diagnoses]
    assert "padding_in_mean" not in slugs
