"""Sequences that are pooled over what a mask leaves of each, and divided by a count of one or of all."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward, words
from torch import nn

from shapecheck import audit


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def seen(pool):
    def run(model, x):
        mask = (x != 0).float()
        return model.head(pool(model.embedding(x), mask)).squeeze(-1)

    model = Forward(run, embedding=nn.Embedding(9, 8, padding_idx=0), head=nn.Linear(8, 1))
    return [found.slug for found in audit(model, nn.MSELoss(), (words(), torch.randn(4))).diagnoses]


SUMS = [
    lambda h, m: (h * m.unsqueeze(-1)).sum(1),
    lambda h, m: (m[:, :, None] * h).sum(dim=1),
    lambda h, m: torch.einsum("btd,bt->bd", h, m),
    lambda h, m: torch.bmm(m.unsqueeze(1), h).squeeze(1),
]


@pytest.mark.parametrize("total", SUMS)
@pytest.mark.parametrize("count", [lambda m: m.sum(), lambda m: torch.sum(m).clamp(min=1), lambda m: m.sum() + 1e-9])
def test_a_row_that_is_divided_by_the_count_of_all(total, count):
    assert seen(lambda h, m: total(h, m) / count(m)) == ["reduced_along_batch"]


@pytest.mark.parametrize("total", SUMS)
def test_a_row_that_is_divided_by_its_own_count(total):
    assert seen(lambda h, m: total(h, m) / m.sum(1, keepdim=True)) == []


COLUMNS = [
    lambda m: m.unsqueeze(-1),
    lambda m: m[..., None].expand(-1, -1, 8),
    lambda m: m.bool().unsqueeze(2),
]


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("count", [lambda m: m.sum(), lambda m: torch.clamp(m.sum(), min=1)])
def test_a_mask_with_an_axis_for_the_features_that_is_counted_as_a_whole(column, count):
    assert seen(lambda h, m: (h * column(m)).sum(1) / count(column(m))) == ["reduced_along_batch"]


@pytest.mark.parametrize("column", COLUMNS)
def test_a_mask_with_an_axis_for_the_features_that_is_counted_row_by_row(column):
    assert seen(lambda h, m: (h * column(m)).sum(1) / column(m).sum(1).clamp(min=1)) == []


def test_a_mask_with_the_steps_in_front_that_is_counted_as_a_whole():
    def pooled(h, m, count):
        mask = m.t().unsqueeze(-1)
        return (h.transpose(0, 1) * mask).sum(0) / count(mask)

    assert seen(lambda h, m: pooled(h, m, lambda mask: mask.sum())) == ["reduced_along_batch"]
    assert seen(lambda h, m: pooled(h, m, lambda mask: mask.sum(0))) == []


@pytest.mark.parametrize("size", [lambda h: h.abs().sum(), lambda h: torch.sum(h.abs()) + 1e-9])
def test_rows_that_are_divided_by_the_size_of_all(size):
    def scaled(h, by):
        first = h[:, 0]
        return first / by(first)

    assert seen(lambda h, m: scaled(h, size)) == ["reduced_along_batch"]
    assert seen(lambda h, m: scaled(h, lambda first: first.abs().sum(1, keepdim=True))) == []


def test_terms_of_a_loss_may_be_divided_by_the_count_of_all():
    def loss(scores, labels):
        mask = (labels != 0).float()
        each = nn.functional.cross_entropy(scores.transpose(1, 2), labels, reduction="none")
        return ((each * mask).sum(1) / mask.sum()).sum()

    model = Forward(lambda s, x: s.head(s.embedding(x)), embedding=nn.Embedding(9, 8), head=nn.Linear(8, 9))
    assert [found.slug for found in audit(model, loss, (words(), words())).diagnoses] == []


def compared(pool, loss):
    def run(model, x):
        mask = (x != 0).float().unsqueeze(-1)
        return pool(model.embedding(x), mask)

    model = Forward(run, embedding=nn.Embedding(9, 8, padding_idx=0))
    return [found.slug for found in audit(model, loss, (words(), torch.arange(4))).diagnoses]


def all_pairs(rows, _):
    return nn.functional.cross_entropy(rows @ rows.flip(1).t(), torch.arange(4))


def cosines(rows, _):
    rows = nn.functional.normalize(rows, dim=1)
    return nn.functional.cross_entropy(rows @ rows.roll(1, 1).t(), torch.arange(4))


@pytest.mark.parametrize(
    ("pool", "loss", "is_wrong"),
    [
        (lambda h, m: (h * m).sum(1) / m.sum(), all_pairs, True),
        (lambda h, m: (h[:, 0] + (h * m).sum(1) / m.sum().clamp(min=1)) / 2, cosines, True),
        (lambda h, m: (h * m).sum(1) / m.sum(1), all_pairs, False),
        (lambda h, m: (h[:, 0] + (h * m).sum(1) / m.sum(1).clamp(min=1)) / 2, cosines, False),
        # Whatever it is divided by, it has length one behind that.
        (lambda h, m: (h * m).sum(1) / m.sum(), cosines, False),
        # Squared features are terms of a loss.
        (lambda h, m: (h**2 * m).sum(1) / m.sum(), lambda rows, _: rows.sum(), False),
    ],
)
def test_rows_that_are_held_against_each_other(pool, loss, is_wrong):
    assert compared(pool, loss) == ["reduced_along_batch"] * is_wrong
