"""Predicting a character by counting: the baselines that a recurrent network has to beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from shapecheck import DataError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Counts:
    """How often each context, and each context with its next character, occurred; keys in ascending order."""

    grams: Ints
    gram_counts: Ints
    contexts: Ints
    context_counts: Ints
    followers: Ints


class NGram:
    """The probability of a character after the ``order - 1`` characters before it.

    What was counted is mixed with what the next shorter context says, down to the uniform distribution. A context
    that was seen ``n`` times with ``t`` different followers keeps the weight ``n / (n + t)``: the more surprises it
    held, the less it is trusted (method C of Witten and Bell, 1991). Nothing is tuned, so nothing can be tuned on the
    held-out text.

    Args:
        order: Characters of a gram, the predicted one included; 1 is the unigram.
        num_classes: Characters of the vocabulary.

    Raises:
        DataError: A size below 1.

    >>> labels = np.array([0, 1, 0, 1, 0, 2])
    >>> NGram(2, num_classes=3).fit(labels).probabilities(np.array([0, 1])).round(3)
    array([0.533])
    """

    def __init__(self, order: int, num_classes: int) -> None:
        if order < 1 or num_classes < 1:
            raise DataError(f"expected sizes of at least 1, got order={order} and num_classes={num_classes}")
        self.order = order
        self.num_classes = num_classes
        self._levels: list[_Counts] = []

    def fit(self, labels: Ints) -> Self:
        """Count in a text.

        Args:
            labels: (num_characters,), int64 in [0, num_classes)
        """
        self._levels = []
        for length in range(1, self.order + 1):
            grams, gram_counts = np.unique(self._keys(labels, length), return_counts=True)
            contexts, first, followers = np.unique(grams // self.num_classes, return_index=True, return_counts=True)
            # Grams are sorted, so those of one context stand side by side.
            context_counts = np.add.reduceat(gram_counts, first) if len(first) else gram_counts
            self._levels.append(_Counts(grams, gram_counts, contexts, context_counts, followers))
        return self

    def probabilities(self, labels: Ints) -> Floats:
        """The probability of each character but the first, given those before it.

        Shape:
            - labels: (num_characters,), int64 in [0, num_classes)
            - returns: (num_characters - 1,)
        """
        mixed = np.full(len(labels), 1 / self.num_classes)  # (num_characters,)
        for length, counts in enumerate(self._levels, start=1):
            keys = self._keys(labels, length)  # (num_characters - length + 1,)
            seen = _look_up(keys, counts.grams, counts.gram_counts)
            n = _look_up(keys // self.num_classes, counts.contexts, counts.context_counts)
            t = _look_up(keys // self.num_classes, counts.contexts, counts.followers)
            # n/(n+t) * seen/n + t/(n+t) * shorter. A context that never occurred leaves it to the shorter one.
            shorter = mixed[length - 1 :]
            mixed[length - 1 :] = np.where(n > 0, (seen + t * shorter) / np.maximum(n + t, 1), shorter)
        return mixed[1:]  # (num_characters - 1,)

    def cross_entropy(self, labels: Ints) -> float:
        """Nats a character, over all characters but the first."""
        return float(-np.log(self.probabilities(labels)).mean())

    def _keys(self, labels: Ints, length: int) -> Ints:
        """Each gram of that length as one number."""
        count = max(0, len(labels) - length + 1)
        keys = np.zeros(count, dtype=np.int64)  # (num_characters - length + 1,)
        for offset in range(length):
            keys = keys * self.num_classes + labels[offset : offset + count]
        return keys


def _look_up(keys: Ints, known: Ints, values: Ints) -> Ints:
    """The value of each key, 0 for an unknown one."""
    if not len(known):
        return np.zeros_like(keys)
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.where(known[at] == keys, values[at], 0)
