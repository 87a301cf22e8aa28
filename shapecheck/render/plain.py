"""Makes foreign text harmless before it is shown: names, paths and source lines come from anywhere."""

from __future__ import annotations

import unicodedata
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

# Control, format (direction marks among them), lone surrogate, private, unassigned; line and paragraph separators.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
CUT = "..."
T = TypeVar("T")


def clean(text: str, *, unicode: bool = True, limit: int = 200) -> str:
    r"""One line of text that no terminal, file or page can trip over.

    Args:
        text: Any text.
        unicode: Whether characters beyond ASCII may stay.
        limit: Longer text is cut in the middle, so that both its ends can be read.

    >>> clean("lstm\x1b[31m\nTraceback")
    'lstm\\x1b[31m\\nTraceback'
    >>> clean("größe", unicode=False)
    'gr\\xf6\\xdfe'
    """
    text = cut(text, limit)
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text)) if unicode else "".join(map(_ascii, text))


def clean_all(value: T, *, unicode: bool = True) -> T:
    """A frozen value with every text in it made harmless, so that a layout can measure what will be shown."""
    found: Any = value
    if isinstance(value, str):
        found = clean(value, unicode=unicode)
    elif isinstance(value, tuple):
        found = tuple(clean_all(item, unicode=unicode) for item in value)
    elif is_dataclass(value) and not isinstance(value, type):
        changed = {field.name: clean_all(getattr(value, field.name), unicode=unicode) for field in fields(value)}
        found = replace(value, **changed)
    result: T = found
    return result


def cut(text: str, limit: int) -> str:
    """The text, shortened in the middle to at most ``limit`` characters.

    >>> cut("encoder.layers.0.linear", 15)
    'encode...linear'
    """
    if len(text) <= limit:
        return text
    tail = (limit - len(CUT)) // 2
    head = limit - len(CUT) - tail
    return f"{text[:head]}{CUT}{text[len(text) - tail :]}"


def _visible(character: str) -> str:
    return _escape(character) if unicodedata.category(character) in _INVISIBLE else character


def _ascii(character: str) -> str:
    return character if " " <= character <= "~" else _escape(character)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
