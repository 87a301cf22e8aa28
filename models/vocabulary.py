"""Characters and their numbers: one object gives both the columns of the one-hot input and the labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional as F

from shapecheck import DataError


@dataclass(frozen=True)
class Vocabulary:
    """The characters of a text, numbered in sorted order.

    Column ``i`` of the one-hot input and label ``i`` are the same character because both come from here. With two
    tables, of the training text and of the test text, say, the model would learn one alphabet and be judged by another.

    Args:
        characters: Each character once.

    Raises:
        DataError: There are fewer than two, or one is there twice.

    >>> vocabulary = Vocabulary.of("hello")
    >>> vocabulary.characters
    'ehlo'
    >>> vocabulary.encode("hole")
    tensor([1, 3, 2, 0])
    >>> vocabulary.one_hot(vocabulary.encode("hole"))
    tensor([[0., 1., 0., 0.],
            [0., 0., 0., 1.],
            [0., 0., 1., 0.],
            [1., 0., 0., 0.]])
    """

    characters: str
    _index: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.characters:
            raise DataError("the text is empty: there is nothing to learn")
        if len(self.characters) == 1:
            raise DataError(f"the text has one distinct character, {self.characters!r}: there is nothing to predict")
        object.__setattr__(self, "_index", {character: index for index, character in enumerate(self.characters)})
        if len(self._index) < len(self.characters):
            raise DataError(f"a character is twice in the vocabulary {self.characters!r}")

    @classmethod
    def of(cls, text: str) -> Vocabulary:
        """The vocabulary of a text.

        Give it the whole text, the held-out part too: a character that the model never saw in training is a hard one to
        predict, for the baselines too, but it has a column and a label.
        """
        return cls("".join(sorted(set(text))))

    def __len__(self) -> int:
        """The number of classes."""
        return len(self.characters)

    def encode(self, text: str) -> Tensor:
        """The label of each character.

        Shape:
            - returns: (len(text),), int64 in [0, num_classes)

        Raises:
            DataError: The vocabulary lacks a character; all that it lacks are named.
        """
        lacking = sorted(set(text) - self._index.keys())
        if lacking:
            names = ", ".join(f"{character!r} (U+{ord(character):04X})" for character in lacking[:10])
            more = f" and {len(lacking) - 10} more" if len(lacking) > 10 else ""
            raise DataError(f"the vocabulary of {len(self)} characters lacks {names}{more}")
        return torch.tensor([self._index[character] for character in text], dtype=torch.int64)  # (len(text),)

    def decode(self, labels: Iterable[int]) -> str:
        """The characters of labels."""
        return "".join(self.characters[label] for label in labels)

    def one_hot(self, labels: Tensor) -> Tensor:
        """A row for each label, 1 in the column of that label and 0 elsewhere.

        Shape:
            - labels: (...), int64 in [0, num_classes)
            - returns: (..., num_classes), float32
        """
        return F.one_hot(labels, len(self)).float()  # (..., num_classes)
