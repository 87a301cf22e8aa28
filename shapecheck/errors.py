"""The errors that shapecheck itself raises."""

from __future__ import annotations

import os
from collections.abc import Iterable
from difflib import get_close_matches


class ShapecheckError(Exception):
    """Base of every error that shapecheck raises on purpose."""


class SpecError(ShapecheckError, ValueError):
    """A spec or a step that does not parse; the message points at the place with a caret.

    Args:
        problem: What is wrong, in a few words.
        text: The text that was to be parsed.
        position: Where in ``text`` the problem stands, counted from 0.
    """

    def __init__(self, problem: str, text: str, position: int) -> None:
        self.problem, self.text, self.position = problem, text, position
        super().__init__(f"{problem}\n  {text}\n  {' ' * position}^")

    def __reduce__(self) -> tuple[type[SpecError], tuple[str, str, int]]:
        return type(self), (self.problem, self.text, self.position)


class ProtocolError(ShapecheckError, ValueError):
    """A protocol that cannot be followed: no such module, no such dim, two stages of one name."""


class DataError(ShapecheckError, ValueError):
    """Data or settings that a reference model or a command cannot use."""


class ShapeError(ShapecheckError, RuntimeError, ValueError):
    """A tensor whose shape, dtype or content breaks a contract or a protocol.

    It is both a ``RuntimeError`` and a ``ValueError``, since torch raises now the one and now the other for
    shapes: an ``except`` clause written for torch's error still catches it.

    Args:
        message: The diagnosis, ready to read.
        diagnoses: The values behind it, of type `shapecheck.Diagnosis`, the most certain first.
    """

    def __init__(self, message: str, diagnoses: tuple[object, ...] = ()) -> None:
        self.diagnoses = diagnoses
        super().__init__(message)

    def __reduce__(self) -> tuple[type[ShapeError], tuple[str, tuple[object, ...]]]:
        return type(self), (str(self), self.diagnoses)


class ShapeWarning(UserWarning):
    """The same as `ShapeError`, for those who asked to be warned only."""


class NoContractError(ShapecheckError, LookupError):
    """Nobody wrote down what this layer or function promises, and shapecheck does not guess.

    Args:
        name: Qualified name of the class or function.
        has_layers: Whether it is made of layers, each of which may have a contract.
    """

    def __init__(self, name: str, has_layers: bool = False) -> None:
        self.name, self.has_layers = name, has_layers
        hint = (
            "it is made of layers: watch(model) looks at the calls of each while it runs, and `shapecheck trace` runs "
            "it once"
            if has_layers
            else "a contract is one file that defines a shapecheck.contract.Contract, found through an entry point of "
            "the group 'shapecheck.contracts'"
        )
        super().__init__(f"there is no contract for {name}, so nothing can be said of its call; {hint}")

    def __reduce__(self) -> tuple[type[NoContractError], tuple[str, bool]]:
        return type(self), (self.name, self.has_layers)


def expect(
    name: str, value: object, kind: type | tuple[type, ...], kind_name: str, hint: str = "", *, by: str = ""
) -> None:
    """Raise a TypeError for an argument of another kind: what was wanted, what came, and where the right thing is.

    Args:
        name: What the argument is called: ``"trace"``.
        value: What was given.
        kind: What it has to be an instance of.
        kind_name: That, with its article: ``"a Trace"``.
        hint: Where one is found.
        by: Name of the function that asks.

    >>> expect("model", int, dict, "a dict", by="watch")
    Traceback (most recent call last):
    TypeError: watch: expected the model to be a dict, got the class int
    """
    if isinstance(value, kind):
        return
    got = f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__
    if isinstance(value, type) and issubclass(value, kind):
        hint = hint or f"make one of it, {value.__name__}(...)"
    raise TypeError(
        f"{by}{': ' if by else ''}expected the {name} to be {kind_name}, got {got}{'; ' if hint else ''}{hint}"
    )


def let_through(bug: BaseException) -> None:
    """Raise a bug of shapecheck's own, where ``SHAPECHECK_DEBUG=1`` asks for it; otherwise the caller steps aside."""
    if os.environ.get("SHAPECHECK_DEBUG", "0") not in ("", "0"):
        raise bug


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown word: the known one that is near to it; empty if none is.

    >>> did_you_mean("inptu", ["input", "output"])
    "; did you mean 'input'?"
    """
    near = get_close_matches(word, [*known], n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""
