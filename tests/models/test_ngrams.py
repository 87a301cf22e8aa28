"""The counting baselines, against a count by hand."""

import math
from collections import Counter, defaultdict

import numpy as np
import pytest

from shapecheck import DataError
from shapecheck.models import NGram


def by_hand(learned, order, num_classes, context, label):
    """The probability straight from the definition."""
    if order == 0:
        return 1 / num_classes
    followers = defaultdict(Counter)
    for at in range(len(learned) - order + 1):
        followers[tuple(learned[at : at + order - 1])][learned[at + order - 1]] += 1
    shorter = by_hand(learned, order - 1, num_classes, context[1:] if context else context, label)
    seen = followers[tuple(context[len(context) - order + 1 :] if order > 1 else ())]
    n, t = sum(seen.values()), len(seen)
    return (seen[label] + t * shorter) / (n + t) if n else shorter


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_probabilities_are_those_of_the_definition(order):
    random = np.random.default_rng(order)
    learned, held_out = random.integers(0, 4, 60), random.integers(0, 5, 30)
    got = NGram(order, 5).fit(learned).probabilities(held_out)
    expected = []
    for at in range(1, len(held_out)):
        usable = min(order, at + 1)
        context = held_out[at - usable + 1 : at].tolist()
        expected.append(by_hand(learned.tolist(), usable, 5, context, held_out[at]))
    np.testing.assert_allclose(got, expected)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_probabilities_of_all_continuations_sum_to_one(order):
    model = NGram(order, 6).fit(np.random.default_rng(0).integers(0, 5, 40))
    for context in ([0, 1], [3, 3], [5, 5]):
        total = sum(model.probabilities(np.array([*context, label]))[-1] for label in range(6))
        assert total == pytest.approx(1)


def test_a_regular_text_costs_almost_nothing_with_enough_context():
    text = np.tile([0, 0, 1], 200)
    unigram, bigram, trigram = (NGram(order, 2).fit(text).cross_entropy(text) for order in (1, 2, 3))
    assert unigram > bigram > trigram
    assert trigram < 0.05


def test_what_was_not_learned_is_improbable_and_not_impossible():
    assert 0 < NGram(3, 3).fit(np.array([0, 1] * 20)).cross_entropy(np.array([0, 1, 2])) < math.inf


def test_a_text_shorter_than_a_gram():
    model = NGram(3, 4).fit(np.array([2]))
    np.testing.assert_allclose(model.probabilities(np.array([0, 2])), [(1 + 1 / 4) / 2])


@pytest.mark.parametrize("sizes", [(0, 3), (3, 0)])
def test_sizes_below_one(sizes):
    with pytest.raises(DataError, match=r"^expected sizes of at least 1, got order="):
        NGram(*sizes)
