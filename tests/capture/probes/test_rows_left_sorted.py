"""Rows that were sorted for packing, and what they meet; each wrong way beside the right ones."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from torch import nn
from torch.nn.functional import cross_entropy, normalize
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

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


def read_over(put_back_out, put_back_last, join):
    """An attention over the outputs, with the last state as the query, and classes behind it."""

    def run(model, words, lengths, photos):
        lengths, order = lengths.sort(descending=True)
        restore = order.argsort()
        packed = pack_padded_sequence(model.embedding(words[order]), lengths, batch_first=True)
        packed_out, last = model.gru(packed)
        out = put_back_out(pad_packed_sequence(packed_out, batch_first=True)[0], restore)
        last = put_back_last(last[-1], restore)
        return join(out, last)

    return run


def attended(out, last):
    weights = torch.bmm(out, last.unsqueeze(2)).squeeze(2).softmax(1)
    return torch.bmm(weights.unsqueeze(1), out).squeeze(1)


def beside(out, last):
    return torch.cat([out.mean(1), last], 1)[:, 2:8]


def gated(out, last):
    return (out * last[:, None]).sum(1)


def kept(rows, _):
    return rows


def put_back(rows, restore):
    return rows[restore]


def picked(rows, restore):
    return rows.index_select(0, restore)


def classes(scores, labels):
    return cross_entropy(scores, labels)


@pytest.mark.parametrize("join", [attended, beside, gated])
@pytest.mark.parametrize(
    ("out", "last", "is_wrong"),
    [
        (put_back, kept, True),
        (picked, kept, True),
        (kept, put_back, True),
        (put_back, put_back, False),
        (put_back, picked, False),
    ],
)
def test_both_that_came_out_of_a_sorted_layer_are_put_back(join, out, last, is_wrong):
    assert ("rows_left_sorted" in slugs(read_over(out, last, join), classes)) == is_wrong


@pytest.mark.parametrize("join", [attended, beside, gated])
def test_what_is_put_back_at_the_end_meets_before(join):
    def run(model, words, lengths, photos):
        lengths, order = lengths.sort(descending=True)
        packed = pack_padded_sequence(model.embedding(words[order]), lengths, batch_first=True)
        packed_out, last = model.gru(packed)
        out = pad_packed_sequence(packed_out, batch_first=True)[0]
        return join(out, last[-1])[order.argsort()]

    assert "rows_left_sorted" not in slugs(run, classes)


def test_the_line_that_takes_what_was_not_put_back():
    def run(model, words, lengths, photos):
        lengths, order = lengths.sort(descending=True)
        back = order.argsort()
        packed_out, last = model.gru(pack_padded_sequence(model.embedding(words[order]), lengths, batch_first=True))
        out = pad_packed_sequence(packed_out, batch_first=True)[0][back]
        query = last[-1]
        return attended(out, query)

    words = torch.randint(1, 9, (5, 7))
    (found,) = audit(
        Forward(run, **layers()), classes, ((words, LENGTHS, torch.randn(5, 3)), torch.arange(5))
    ).diagnoses
    (edit,) = found.fixes[0].edits
    assert edit.replacement.strip() == "query = last[-1][back]"
