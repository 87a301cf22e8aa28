"""Lets a value print itself by a renderer that it does not know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Voices:
    """How the values of one class are shown.

    Args:
        text: For ``print`` and log files: text without control characters.
        rich: For `rich`: anything that it can print.
        html: For a notebook: a fragment of HTML.
    """

    text: Callable[[Any], str]
    rich: Callable[[Any], object]
    html: Callable[[Any], str]


def show_with(kind: type[Shown], voices: Voices) -> None:
    """Show every value of class ``kind`` with these voices from now on.

    The nouns know no renderer, since files import only what lies below them. So the renderers come to the nouns:
    ``shapecheck.render`` calls this when it is imported.
    """
    _VOICES[kind] = voices


class Shown:
    """Base of values that people look at; without voices such a value prints itself as any dataclass does."""

    __slots__ = ()

    def __str__(self) -> str:
        voices = _VOICES.get(type(self))
        return voices.text(self) if voices else repr(self)

    def __rich__(self) -> object:
        voices = _VOICES.get(type(self))
        return voices.rich(self) if voices else repr(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What a notebook shows; it picks what it can."""
        voices = _VOICES.get(type(self))
        return {"text/plain": str(self), **({"text/html": voices.html(self)} if voices else {})}


_VOICES: dict[type, Voices] = {}
