"""Next-step models that are given a mask: one that leaves later steps in sight, beside all that are causal."""

from __future__ import annotations

import linecache

import pytest
import torch
from forwards import Forward
from torch import nn
from torch.nn.functional import cross_entropy, pad, scaled_dot_product_attention

from shapecheck import audit

LOW = float("-inf")


def flat(scores, targets):
    return cross_entropy(scores.reshape(-1, 9), targets.reshape(-1))


@pytest.fixture
def batch():
    torch.manual_seed(0)
    text = torch.randint(0, 9, (4, 8))
    return text[:, :-1], text[:, 1:]


def ones():
    return torch.ones(7, 7)


def scaled(mask):
    def run(model, x):
        q, k, v = model.qkv(model.emb(x)).chunk(3, -1)
        return model.out(model.emb(x) + scaled_dot_product_attention(q, k, v, attn_mask=mask(x)))

    return Forward(run, emb=nn.Embedding(9, 8), qkv=nn.Linear(8, 24), out=nn.Linear(8, 9))


def attention(mask):
    def run(model, x):
        h = model.emb(x)
        return model.out(h + model.attention(h, h, h, attn_mask=mask(x))[0])

    layers = {"emb": nn.Embedding(9, 8), "attention": nn.MultiheadAttention(8, 2, batch_first=True)}
    return Forward(run, **layers, out=nn.Linear(8, 9))


def by_hand(mask):
    def run(model, x):
        q, k, v = model.qkv(model.emb(x)).chunk(3, -1)
        scores = q @ k.transpose(1, 2)
        scores = scores.masked_fill(mask(x), -1e9)
        return model.out(model.emb(x) + scores.softmax(-1) @ v)

    return Forward(run, emb=nn.Embedding(9, 8), qkv=nn.Linear(8, 24), out=nn.Linear(8, 9))


def told(model, batch):
    torch.manual_seed(1)
    return [
        (found.slug, linecache.getline(found.place.file, found.place.line).strip(), *(fix.title for fix in found.fixes))
        for found in audit(model, flat, batch).diagnoses
    ]


def of_the_other_meaning(_):
    hidden = ones().triu(1).bool()
    return hidden | torch.eye(7).bool()


def one_step_too_many(_):
    return ones().tril(1).bool()


def ones_to_be_added(_):
    return ones().triu(1)


def turned(_):
    return torch.full((7, 7), LOW).triu(1).t()


def filled_behind_the_turn(_):
    seen = torch.ones(7, 7).triu()
    return torch.zeros(7, 7).masked_fill(seen == 0, LOW)


@pytest.mark.parametrize(
    ("make", "mask", "line", "title"),
    [
        (attention, filled_behind_the_turn, "seen = torch.ones(7, 7).triu()", "attn_mask=mask.T"),
        (scaled, of_the_other_meaning, "return hidden | torch.eye(7).bool()", "attn_mask=~mask"),
        (scaled, one_step_too_many, "return ones().tril(1).bool()", "diagonal=1 for triu, diagonal=0 for tril"),
        (scaled, ones_to_be_added, "return ones().triu(1)", "attn_mask=torch.full((t, t), float('-inf')).triu(1)"),
        (scaled, turned, "return torch.full((7, 7), LOW).triu(1).t()", "attn_mask=mask.T"),
        (attention, turned, "return torch.full((7, 7), LOW).triu(1).t()", "attn_mask=mask.T"),
        (attention, ones_to_be_added, "return ones().triu(1)", "attn_mask=torch.full((t, t), float('-inf')).triu(1)"),
    ],
)
def test_a_mask_that_leaves_later_steps_in_sight_is_told_where_it_is_made(make, mask, line, title, batch):
    assert told(make(mask), batch) == [("future_seen_by_attention", line, title)]


def padding_only(x):
    return (x == 0)[:, None]


def one_too_late(_):
    return ones().triu(2).bool()


def upper_hidden_by_number(_):
    kept = ones().tril(1)
    return kept == 0


@pytest.mark.parametrize(
    ("mask", "line"),
    [
        (padding_only, "return model.out(model.emb(x) + scores.softmax(-1) @ v)"),
        (one_too_late, "return ones().triu(2).bool()"),
        (upper_hidden_by_number, "kept = ones().tril(1)"),
    ],
)
def test_scores_that_are_filled_are_told_where_the_mask_is_made(mask, line, batch):
    ((slug, place, _),) = told(by_hand(mask), batch)
    assert (slug, place) == ("future_seen_by_attention", line)


def causal(_):
    return ones().tril().bool()


def causal_and_near(_):
    return ones().tril().bool() & ones().triu(-2).bool()


def causal_numbers(_):
    return torch.full((7, 7), LOW).triu(1)


def biased_and_causal(_):
    return -(torch.arange(7)[:, None] - torch.arange(7)).float().abs() + torch.full((7, 7), LOW).triu(1)


@pytest.mark.parametrize("mask", [causal, causal_and_near, causal_numbers, biased_and_causal])
def test_causal_masks_are_left_alone(mask, batch):
    assert told(scaled(mask), batch) == []


def test_hidden_pairs_have_the_other_meaning_in_attention(batch):
    assert told(attention(lambda x: ones().triu(1).bool()), batch) == []
    assert told(by_hand(lambda x: ones().triu(1).bool()), batch) == []


def convolved(front, behind):
    def run(model, x):
        return model.out(model.conv(pad(model.emb(x).transpose(1, 2), (front, behind))).transpose(1, 2))

    return Forward(run, emb=nn.Embedding(9, 8), conv=nn.Conv1d(8, 8, 3), out=nn.Linear(8, 9))


def normalised(layer):
    def run(model, x):
        h = model.conv(pad(model.emb(x).transpose(1, 2), (2, 0)))
        return model.out(model.norm(h).transpose(1, 2))

    return Forward(run, emb=nn.Embedding(9, 8), conv=nn.Conv1d(8, 8, 3), norm=layer, out=nn.Linear(8, 9))


def walked(is_turned):
    def run(model, x):
        h = model.emb(x)
        out = model.rnn(h.flip(1))[0].flip(1) if is_turned else model.rnn(h)[0]
        return model.out(out)

    return Forward(run, emb=nn.Embedding(9, 8), rnn=nn.GRU(8, 8, batch_first=True), out=nn.Linear(8, 9))


@pytest.mark.parametrize(
    ("model", "slugs"),
    [
        (lambda: convolved(2, 0), []),
        (lambda: convolved(1, 1), ["future_seen_by_convolution"]),
        (lambda: convolved(0, 2), ["future_seen_by_convolution"]),
        (lambda: normalised(nn.BatchNorm1d(8)), []),
        (lambda: normalised(nn.InstanceNorm1d(8)), ["normalised_over_time"]),
        (lambda: normalised(nn.GroupNorm(2, 8)), ["normalised_over_time"]),
        (lambda: walked(False), []),
        (lambda: walked(True), ["future_seen_by_reverse_direction"]),
    ],
)
def test_other_ways_to_later_steps(model, slugs, batch):
    assert [slug for slug, *_ in told(model(), batch)] == slugs


class Padded(nn.Module):
    """A convolution that is padded by itself, behind a narrow one that is not, with a cut behind it."""

    def __init__(self, padding, start=None, stop=None):
        super().__init__()
        self.emb, self.mix = nn.Embedding(9, 8), nn.Conv1d(8, 8, 1)
        self.conv = nn.Conv1d(8, 8, 3, padding=padding)
        self.out, self.cut = nn.Linear(8, 9), slice(start, stop)

    def forward(self, x):
        h = self.conv(self.mix(self.emb(x).transpose(1, 2)))
        h = h[:, :, self.cut]
        return self.out(h.transpose(1, 2))


@pytest.mark.parametrize(
    ("model", "line"),
    [
        (lambda: convolved(1, 1), "return model.out(model.conv(pad("),
        (lambda: Padded(1), "self.conv = nn.Conv1d(8, 8, 3, padding=padding)"),
        (lambda: Padded("same"), "self.conv = nn.Conv1d(8, 8, 3, padding=padding)"),
        (lambda: Padded(2, 2), "h = h[:, :, self.cut]"),
        (lambda: Padded(2, 1, -1), "h = h[:, :, self.cut]"),
    ],
)
def test_what_lets_a_convolution_look_ahead(model, line, batch):
    (found,) = audit(model(), flat, batch).diagnoses
    assert found.slug == "future_seen_by_convolution"
    assert linecache.getline(found.place.file, found.place.line).strip().startswith(line)


def test_a_padding_that_is_cut_off_behind_is_left_alone(batch):
    assert told(Padded(2, None, -2), batch) == []


def test_the_padding_goes_in_front(batch):
    (found,) = audit(convolved(1, 1), flat, batch).diagnoses
    (edit,) = found.fixes[0].edits
    assert "(front + behind, 0)" in edit.replacement


def keys_first(hidden, shape=(1, 7, 7)):
    """An attention whose scores lie (key, query), or (head, key, query)."""

    def run(model, x):
        q, k, v = model.qkv(model.emb(x)).chunk(3, -1)
        scores = (k @ q.mT).view(-1, *shape)
        scores = hidden(scores)
        weights = scores.softmax(-2).view(-1, 7, 7)
        return model.out(model.emb(x) + weights.mT @ v)

    return Forward(run, emb=nn.Embedding(9, 8), qkv=nn.Linear(8, 24), out=nn.Linear(8, 9))


def filled_below(scores):
    kept = torch.tril(ones())
    return scores.masked_fill(~kept.bool(), LOW)


def filled_by_number(scores):
    kept = ones().tril(diagonal=0)
    return torch.where(kept == 0, LOW, scores)


def added_above(scores):
    return scores + torch.full((7, 7), -1e9).triu(1)


@pytest.mark.parametrize(
    ("hidden", "line", "title"),
    [
        (filled_below, "kept = torch.tril(ones())", "torch.triu(ones())"),
        (filled_by_number, "kept = ones().tril(diagonal=0)", "ones().triu(diagonal=0)"),
        (
            added_above,
            "return scores + torch.full((7, 7), -1e9).triu(1)",
            "torch.full((7, 7), -1000000000.0).tril(-1)",
        ),
        (
            lambda scores: scores * 0.4,
            "weights = scores.softmax(-2).view(-1, 7, 7)",
            "scores.masked_fill(torch.ones(t, t).tril(-1).bool(), float('-inf'))",
        ),
    ],
)
def test_the_axis_of_the_softmax_says_which_are_the_keys(hidden, line, title, batch):
    assert told(keys_first(hidden), batch) == [("future_seen_by_attention", line, title)]


def filled_for_keys(scores):
    return scores.masked_fill(~torch.triu(ones()).bool(), LOW)


def filled_for_keys_by_comparison(scores):
    at = torch.arange(7)
    return torch.where(at[:, None] > at, LOW, scores)


@pytest.mark.parametrize("hidden", [filled_for_keys, filled_for_keys_by_comparison])
def test_keys_in_front_of_queries_are_hidden_from_earlier_ones(hidden, batch):
    assert told(keys_first(hidden), batch) == []


def test_a_softmax_over_the_queries_is_no_mask_the_wrong_way_round(batch):
    def run(model, x):
        q, k, v = model.qkv(model.emb(x)).chunk(3, -1)
        scores = (q @ k.mT).masked_fill(ones().triu(1).bool(), LOW)
        return model.out(model.emb(x) + scores.softmax(-2) @ v)

    model = Forward(run, emb=nn.Embedding(9, 8), qkv=nn.Linear(8, 24), out=nn.Linear(8, 9))
    assert "future_seen_by_attention" not in [slug for slug, *_ in told(model, batch)]
