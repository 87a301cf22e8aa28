"""Scores that are centred beside a level of each row: by the mean of the row, or of the whole batch."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from torch import nn

from shapecheck import audit


def seen(forward, loss=None):
    torch.manual_seed(0)
    model = Forward(forward, body=nn.Linear(5, 6), level=nn.Linear(6, 1), each=nn.Linear(6, 4))
    batch = torch.randn(7, 5), torch.randint(0, 4, (7,))
    return [found.slug for found in audit(model, loss or taken, batch).diagnoses]


def taken(scores, picked):
    return nn.functional.mse_loss(scores.gather(1, picked.unsqueeze(1)).squeeze(1), torch.arange(7.0))


def parts(model, x):
    hidden = model.body(x).relu()
    return model.level(hidden), model.each(hidden)


JOINED = [
    lambda level, each, mean: level + each - mean(each),
    lambda level, each, mean: level + (each - mean(each)),
    lambda level, each, mean: (each - mean(each)) + level.expand(-1, 4),
    lambda level, each, mean: torch.add(level, torch.sub(each, mean(each))),
]


@pytest.mark.parametrize("joined", JOINED)
@pytest.mark.parametrize("mean", [lambda each: each.mean(), torch.mean])
def test_scores_that_are_centred_by_the_mean_of_all(joined, mean):
    assert seen(lambda model, x: joined(*parts(model, x), mean)) == ["reduced_along_batch"]


@pytest.mark.parametrize("joined", JOINED)
def test_scores_that_are_centred_by_the_mean_of_their_row(joined):
    assert seen(lambda model, x: joined(*parts(model, x), lambda each: each.mean(1, keepdim=True))) == []


def test_scores_of_which_only_differences_count_may_be_centred_by_anything():
    forward = lambda model, x: JOINED[0](*parts(model, x), torch.mean)  # noqa: E731
    assert seen(forward, nn.CrossEntropyLoss()) == []


def test_what_is_centred_without_a_level_beside_it_may_be_a_batch_on_purpose():
    assert seen(lambda model, x: model.each(model.body(x)) - model.each(model.body(x)).mean()) == []
