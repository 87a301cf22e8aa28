"""Writing text."""

import pytest
import torch

from shapecheck import DataError
from shapecheck.models import CharLSTM, Vocabulary, generate

VOCABULARY = Vocabulary.of("abcdefg ")


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(1)
    return CharLSTM(len(VOCABULARY), hidden_size=8, num_layers=1)


def test_it_writes_as_much_as_was_asked_for_in_the_alphabet_of_the_text(model):
    written = generate(model, VOCABULARY, "cab", length=50)
    assert len(written) == 50
    assert set(written) <= set(VOCABULARY.characters)


def test_a_seed_gives_one_text(model):
    one, again, other = (generate(model, VOCABULARY, "a", length=60, seed=seed) for seed in (1, 1, 2))
    assert one == again != other


def test_without_temperature_the_most_likely_character_is_taken(model):
    written = generate(model, VOCABULARY, "bad", length=5, temperature=0)
    text = "bad"
    for character in written:
        scores, _ = model(VOCABULARY.one_hot(VOCABULARY.encode(text)[None]))
        assert character == VOCABULARY.characters[int(scores[-1].argmax())]
        text += character


def test_a_tiny_temperature_is_like_none_and_a_huge_one_like_dice(model):
    assert generate(model, VOCABULARY, "a", 20, 1e-30) == generate(model, VOCABULARY, "a", 20, 0)
    assert len(set(generate(model, VOCABULARY, "a", 400, 1e30))) == len(VOCABULARY)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"prompt": ""}, "the prompt is empty: give at least one character to start from"),
        (
            {"prompt": "a-z"},
            "the prompt 'a-z' cannot be read: the vocabulary of 8 characters lacks '-' (U+002D), 'z' (U+007A)",
        ),
        ({"length": 0}, "expected length of at least 1, got 0"),
        ({"temperature": -1.0}, "expected a temperature of 0 or more, got -1.0"),
        ({"temperature": float("nan")}, "expected a temperature of 0 or more, got nan"),
    ],
)
def test_what_cannot_be_done(model, request_, expected):
    with pytest.raises(DataError) as caught:
        generate(model, VOCABULARY, **{"prompt": "a", **request_})
    assert str(caught.value) == expected
