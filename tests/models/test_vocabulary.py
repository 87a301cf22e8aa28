"""One object for columns and labels."""

import pytest
import torch

from shapecheck import DataError
from shapecheck.models import Vocabulary


def test_column_i_is_label_i():
    vocabulary = Vocabulary.of("shape check")
    labels = vocabulary.encode("cheap")
    assert labels.dtype == torch.int64
    assert vocabulary.one_hot(labels).argmax(dim=1).tolist() == labels.tolist()
    assert vocabulary.decode(labels.tolist()) == "cheap"


def test_one_hot_keeps_every_axis():
    one_hot = Vocabulary.of("abc").one_hot(torch.zeros(4, 7, dtype=torch.int64))
    assert one_hot.shape == (4, 7, 3)
    assert one_hot.dtype == torch.float32
    assert one_hot.sum() == 28


def test_unknown_characters_are_named():
    with pytest.raises(DataError) as caught:
        Vocabulary.of("abc").encode("a\u00e9b\u4e16\n")
    assert (
        str(caught.value) == "the vocabulary of 3 characters lacks '\\n' (U+000A), '\u00e9' (U+00E9), '\u4e16' (U+4E16)"
    )


def test_only_ten_of_many_unknown_characters_are_named():
    with pytest.raises(DataError, match=r"'j' \(U\+006A\) and 2 more$"):
        Vocabulary.of("xyz").encode("abcdefghijkl")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "the text is empty: there is nothing to learn"),
        ("aaa", "the text has one distinct character, 'a': there is nothing to predict"),
    ],
)
def test_a_text_that_has_nothing_to_tell_apart(text, expected):
    with pytest.raises(DataError) as caught:
        Vocabulary.of(text)
    assert str(caught.value) == expected


def test_a_character_twice():
    with pytest.raises(DataError, match=r"^a character is twice in the vocabulary 'aba'$"):
        Vocabulary("aba")
