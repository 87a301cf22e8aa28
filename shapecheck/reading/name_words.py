"""The words that names are made of, and by which of them two names differ."""

from __future__ import annotations

import ast
import re

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_STEM = 3


def any_word(words: str) -> re.Pattern[str]:
    """Finds words where nothing is joined to them: ``batch`` in ``batch_size`` and in ``n_batch``, not in ``batched``.

    Args:
        words: A pattern, with a bar between one word and the other.
    """
    return re.compile(rf"(?<![a-z])({words})(?![a-z])", re.IGNORECASE)


# What names say that count samples, and that count steps.
SAMPLES = any_word("batch(es|size)?|bsz?|b|n?samples?|streams?")
STEPS = any_word("seq|len|length|steps?|time|t|window|horizon|look_?back|context|frames?")


def words_of(name: str) -> set[str]:
    """The words of a name, in small letters: ``{"film", "tower"}`` of ``film_tower``, ``{"fc", "2"}`` of ``fc2``."""
    return {word.lower() for word in _WORDS.findall(name)}


def own_words(one: str, other: str) -> tuple[set[str], set[str]]:
    """The words that one of two names has and the other has not: ``{"film"}, {"user"}``."""
    mine, others = words_of(one), words_of(other)
    return mine - others, others - mine


def is_named_for(around: ast.AST, called: ast.expr, words: set[str], others: set[str]) -> bool:
    """Whether what stands around a call has some of these words in its names, and none of the others.

    Args:
        around: What stands there.
        called: What is called, whose own name says nothing.
        words: The words of the one.
        others: Those of the other.
    """
    inside = {id(item) for item in ast.walk(called)}
    names = [_name(item) for item in ast.walk(around) if id(item) not in inside]
    found = [word for name in names if name for word in words_of(name)]
    for means in (_is_word, _is_letter):
        # A letter may stand for anything, and says something only where no word does.
        is_one, is_other = (any(means(word, own) for word in found for own in one) for one in (words, others))
        if is_one or is_other:
            return is_one and not is_other
    return False


def _name(item: ast.AST) -> str | None:
    if isinstance(item, ast.FunctionDef):
        return item.name
    if isinstance(item, ast.arg):
        return None if item.arg == "self" else item.arg
    return item.id if isinstance(item, ast.Name) else item.attr if isinstance(item, ast.Attribute) else None


def _is_word(word: str, own: str) -> bool:
    """Whether a word is another one, or that with an ending."""
    return word == own or (min(len(word), len(own)) >= _STEM and (word.startswith(own) or own.startswith(word)))


def _is_letter(word: str, own: str) -> bool:
    """Whether a letter stands for a word, as ``k`` does for ``key``."""
    return len(word) == 1 and own.startswith(word)
