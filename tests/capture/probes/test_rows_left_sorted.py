"""Rows that were sorted for packing, and what they meet; each wrong way beside the right ones."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from torch import nn
from torch.nn.functional import cross_entropy, normalize
from torch.nn.utils.rnn import pack_padded_sequence

from shapecheck import audit

LENGTHS = torch.tensor([3, 7, 2, 5, 4])


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def last_of(model, words, lengths, put_back):
    lengths, order = lengths.sort(descending=True)
    packed = pack_padded_sequence(model.embedding(words[order]), lengths, batch_first=True)
    return put_back(normalize(model.gru(packed)[1][0], dim=1), order)


def layers():
    return {"embedding": nn.Embedding(9, 8), "gru": nn.GRU(8, 6, batch_first=True), "linear": nn.Linear(3, 6)}


def contrastive(scores, _):
    return cross_entropy(scores, torch.arange(len(scores)))


def hinge(scores, _):
    off = 1 - torch.eye(len(scores))
    right = scores.diag()[:, None]
    return ((0.2 + scores - right).clamp(min=0) * off).sum() / len(scores)


def of_sets(scores, _):
    return scores.logsumexp((0, 1))


def slugs(run, loss, given=None):
    words = torch.randint(1, 9, (5, 7))
    given = (words, LENGTHS, torch.randn(5, 3)) if given is None else given
    return [found.slug for found in audit(Forward(run, **layers()), loss, (given, torch.arange(5))).diagnoses]


SORTED = [
    (lambda out, order: out, True),
    (lambda out, order: out[order], True),
    (lambda out, order: out[order.argsort()], False),
    (lambda out, order: out.index_select(0, order.argsort()), False),
    (lambda out, order: torch.zeros_like(out).scatter(0, order[:, None].expand_as(out), out), False),
]


@pytest.mark.parametrize("loss", [contrastive, hinge])
@pytest.mark.parametrize(("put_back", "is_wrong"), SORTED)
def test_sorted_rows_are_put_back_before_they_meet_others(put_back, is_wrong, loss):
    def run(model, words, lengths, photos):
        return model.linear(photos) @ last_of(model, words, lengths, put_back).t()

    assert ("rows_left_sorted" in slugs(run, loss)) == is_wrong


def test_all_that_meets_may_be_sorted_alike():
    def run(model, words, lengths, photos):
        order = lengths.argsort(descending=True)
        return model.linear(photos[order]) @ last_of(model, words, lengths, lambda out, _: out).t()

    assert "rows_left_sorted" not in slugs(run, contrastive)


def test_a_loss_that_pairs_nothing_may_have_any_order():
    def run(model, words, lengths, photos):
        return model.linear(photos) @ last_of(model, words, lengths, lambda out, _: out).t()

    assert "rows_left_sorted" not in slugs(run, of_sets)


@pytest.mark.parametrize("is_wrong", [True, False])
def test_two_sides_that_are_sorted_each_by_its_own_lengths(is_wrong):
    def run(model, words, lengths, others, their_lengths):
        back = (lambda out, _: out) if is_wrong else (lambda out, order: out[order.argsort()])
        return last_of(model, words, lengths, back) @ last_of(model, others, their_lengths, back).t()

    given = (torch.randint(1, 9, (5, 7)), LENGTHS, torch.randint(1, 9, (5, 7)), LENGTHS.roll(2))
    assert ("rows_left_sorted" in slugs(run, contrastive, given)) == is_wrong


@pytest.mark.parametrize("is_wrong", [True, False])
def test_numbers_beside_sorted_rows(is_wrong):
    def run(model, words, lengths, photos):
        back = (lambda out, _: out) if is_wrong else (lambda out, order: out[order.argsort()])
        return (model.linear(photos) * last_of(model, words, lengths, back)).sum(1)

    assert ("rows_left_sorted" in slugs(run, lambda scores, _: -scores.sum())) == is_wrong
