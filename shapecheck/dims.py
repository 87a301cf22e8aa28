"""Dims, the specs made of them, and the sizes they are bound to.

A spec says what the axes of one tensor are, in words:

>>> spec = Spec.parse("batch_size*seq_length hidden_size")
>>> match = spec.match((28, 16), Bindings().bind("batch_size", 4, by="the input of lstm"))
>>> match.bindings.size("seq_length")
7

The grammar, one word an axis, separated by blanks:

- ``batch_size``: a dim; its size is bound at first sight and must agree from then on;
- ``7``: an axis of this size;
- ``batch_size*seq_length`` or, as einops writes it, ``(batch_size seq_length)``: a product, row-major;
- ``_``: one axis of any size;
- ``...``: any number of axes, also none; once in a spec.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from shapecheck.errors import SpecError

Factor = str | int
ANY = "_"
ELLIPSIS = "..."


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a spec: a product of dims and fixed sizes, or any size at all.

    Args:
        factors: Dims (str) and fixed sizes (int, at least 0); empty for an anonymous axis.
    """

    factors: tuple[Factor, ...] = ()

    @property
    def is_anonymous(self) -> bool:
        """Whether any size is fine."""
        return not self.factors

    @property
    def dims(self) -> tuple[str, ...]:
        """The dims among the factors, in order."""
        return tuple(factor for factor in self.factors if isinstance(factor, str))

    def __str__(self) -> str:
        return "*".join(map(str, self.factors)) or ANY


@dataclass(frozen=True, slots=True)
class Bound:
    """The size of a dim, and who bound it (``"the input of lstm"``)."""

    size: int
    by: str = ""


@dataclass(frozen=True)
class Bindings(Mapping[str, Bound]):
    """The sizes known so far. A value: binding returns a new one and leaves this one as it was."""

    _bound: Mapping[str, Bound] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(cls, sizes: Mapping[str, int], by: str = "") -> Bindings:
        """Bind several dims at once.

        >>> Bindings.of({"batch_size": 4}).size("batch_size")
        4
        """
        return cls(MappingProxyType({dim: Bound(size, by) for dim, size in sizes.items()}))

    def bind(self, dim: str, size: int, by: str = "") -> Bindings:
        """Return bindings in which ``dim`` has ``size`` too."""
        return Bindings(MappingProxyType({**self._bound, dim: Bound(size, by)}))

    def size(self, dim: str) -> int | None:
        """The size of ``dim``, or None if nothing bound it."""
        bound = self._bound.get(dim)
        return None if bound is None else bound.size

    def evaluate(self, axis: Axis) -> int | None:
        """The size of a whole axis, or None while a factor is unknown."""
        sizes = [factor if isinstance(factor, int) else self.size(factor) for factor in axis.factors]
        known = [size for size in sizes if size is not None]
        return math.prod(known) if sizes and len(known) == len(sizes) else None

    def __getitem__(self, dim: str) -> Bound:
        return self._bound[dim]

    def __iter__(self) -> Iterator[str]:
        return iter(self._bound)

    def __len__(self) -> int:
        return len(self._bound)

    def __hash__(self) -> int:
        return hash(frozenset(self._bound.items()))

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild_bindings, (dict(self._bound),)


@dataclass(frozen=True, slots=True)
class Match:
    """A shape that fits its spec.

    Args:
        bindings: What was known before, and what the shape added.
        dims: What each axis of the shape is, as text; ``"_"`` where the spec leaves it open.
        unsolved: Axes whose product has more than one unknown factor: their sizes were *not* checked.
    """

    bindings: Bindings
    dims: tuple[str, ...]
    unsolved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A shape that does not fit its spec. Nothing was bound.

    Args:
        kind: ``"ndim"`` (wrong number of axes) or ``"size"``.
        expected: Each axis of the spec as text, with its size where it is known.
        got: The shape.
        axes: Positions in ``got`` that are wrong; empty for ``"ndim"``.
        blame: Dims in the wrong axes with the size they were bound to, and by whom.
    """

    kind: Literal["ndim", "size"]
    expected: tuple[tuple[str, int | None], ...]
    got: tuple[int, ...]
    axes: tuple[int, ...] = ()
    blame: tuple[tuple[str, Bound], ...] = ()


@dataclass(frozen=True, slots=True)
class Spec:
    """The dims expected of one tensor. Make one with `Spec.parse`.

    Args:
        axes: The axes, without the ellipsis.
        ellipsis_at: Where ``...`` stands among the axes; None if there is none.
    """

    axes: tuple[Axis, ...]
    ellipsis_at: int | None = None

    @classmethod
    def parse(cls, text: str) -> Spec:
        """Read a spec.

        Raises:
            SpecError: The text does not parse; the message has a caret at the place.
            TypeError: It is no text.

        >>> str(Spec.parse("... (batch_size seq_length) 1"))
        '... batch_size*seq_length 1'
        >>> Spec.parse("batch_size seq-length")
        Traceback (most recent call last):
        shapecheck.errors.SpecError: '-' has no place in a spec
          batch_size seq-length
                        ^
        """
        if not isinstance(text, str):
            raise TypeError(f"expected a spec to be a str, got {type(text).__name__}")
        axes: list[Axis] = []
        ellipsis_at: int | None = None
        for word, position in _words(text):
            if word == ELLIPSIS:
                if ellipsis_at is not None:
                    raise SpecError("a spec can have only one '...'", text, position)
                ellipsis_at = len(axes)
            else:
                axes.append(_axis(word, position, text))
        return cls(tuple(axes), ellipsis_at)

    @property
    def dims(self) -> tuple[str, ...]:
        """Every dim that is named, once, in order of appearance."""
        return tuple(dict.fromkeys(dim for axis in self.axes for dim in axis.dims))

    def __str__(self) -> str:
        words = [str(axis) for axis in self.axes]
        if self.ellipsis_at is not None:
            words.insert(self.ellipsis_at, ELLIPSIS)
        return " ".join(words)

    def expected(self, bindings: Bindings) -> tuple[tuple[str, int | None], ...]:
        """Each axis as text with its size, where known; the ellipsis without one."""
        rows: list[tuple[str, int | None]] = [(str(axis), bindings.evaluate(axis)) for axis in self.axes]
        if self.ellipsis_at is not None:
            rows.insert(self.ellipsis_at, (ELLIPSIS, None))
        return tuple(rows)

    def shape(self, bindings: Bindings, leading: tuple[int, ...] = ()) -> tuple[int, ...] | None:
        """The shape that the spec asks for, or None while a size is unknown.

        Args:
            bindings: The sizes.
            leading: What stands for ``...``.
        """
        sizes = [bindings.evaluate(axis) for axis in self.axes]
        if any(size is None for size in sizes):
            return None
        known = [size for size in sizes if size is not None]
        at = self.ellipsis_at
        return tuple(known) if at is None else (*known[:at], *leading, *known[at:])

    def match(self, shape: tuple[int, ...], bindings: Bindings | None = None, by: str = "") -> Match | Mismatch:
        """Hold a shape against the spec.

        Args:
            shape: The sizes that were got.
            bindings: What is known already.
            by: Who binds what is new here, for later messages.

        Returns:
            A `Match` with all bindings, or a `Mismatch`; then ``bindings`` still says all that is known.
        """
        before = Bindings() if bindings is None else bindings
        if len(shape) < len(self.axes) or (self.ellipsis_at is None and len(shape) != len(self.axes)):
            return Mismatch("ndim", self.expected(before), shape)
        positions = self._positions(len(shape))
        after, wrong, unsolved = _solve(self.axes, [shape[at] for at in positions], before, by)
        if wrong:
            dims = dict.fromkeys(dim for at in wrong for dim in self.axes[at].dims)
            blame = tuple((dim, after[dim]) for dim in dims if dim in after)
            return Mismatch(
                "size", self._expected(before, after, wrong), shape, tuple(positions[at] for at in wrong), blame
            )
        dims_of = dict(zip(positions, map(str, self.axes), strict=True))
        names = tuple(dims_of.get(at, ANY) for at in range(len(shape)))
        return Match(after, names, tuple(str(self.axes[at]) for at in unsolved))

    def _expected(self, before: Bindings, after: Bindings, wrong: list[int]) -> tuple[tuple[str, int | None], ...]:
        """What was expected: a size that this very shape bound was not, unless it is what makes an axis wrong."""
        rows = list(self.expected(before))
        for at in wrong:
            shifted = at if self.ellipsis_at is None or at < self.ellipsis_at else at + 1
            rows[shifted] = (rows[shifted][0], after.evaluate(self.axes[at]))
        return tuple(rows)

    def _positions(self, ndim: int) -> tuple[int, ...]:
        """Which axis of the shape each axis of the spec is."""
        at = len(self.axes) if self.ellipsis_at is None else self.ellipsis_at
        extra = ndim - len(self.axes)
        return tuple(index if index < at else index + extra for index in range(len(self.axes)))


_TOKEN = re.compile(r"\.\.\.|\([^()]*\)|[A-Za-z0-9_*]+")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*|_[A-Za-z0-9_]+")


def _words(text: str) -> Iterator[tuple[str, int]]:
    """The words of a spec with their positions."""
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        token = _TOKEN.match(text, position)
        if token is None:
            raise SpecError(_misplaced(text, position), text, position)
        yield token.group(), position
        position = token.end()
        if _TOKEN.match(text, position):
            raise SpecError("a blank is missing here", text, position)


def _misplaced(text: str, position: int) -> str:
    """What is wrong with a character at which no word of a spec can begin."""
    if text[position] != "(":
        return f"{text[position]!r} has no place in a spec"
    return (
        "brackets cannot be nested" if "(" in text[position + 1 :].partition(")")[0] else "this bracket is not closed"
    )


def _axis(word: str, position: int, text: str) -> Axis:
    if word == ANY:
        return Axis()
    if word.startswith("("):
        pieces = [(found.group(), position + found.start()) for found in re.finditer(r"[^\s()]+", word)]
    else:
        pieces, at = [], position
        for piece in word.split("*"):
            pieces.append((piece, at))
            at += len(piece) + 1
    if not pieces:
        raise SpecError("a product needs at least one factor", text, position)
    return Axis(tuple(_factor(piece, at, text) for piece, at in pieces))


def _factor(piece: str, position: int, text: str) -> Factor:
    if piece.isdecimal():
        return int(piece)
    if _NAME.fullmatch(piece):
        return piece
    if piece == "":
        problem = "a factor is missing here"
    elif piece == ANY:
        problem = "'_' cannot be part of a product: give it a name"
    else:
        problem = f"{piece!r} is neither a name nor a size"
    raise SpecError(problem, text, position)


def _solve(
    axes: tuple[Axis, ...], sizes: list[int], bindings: Bindings, by: str
) -> tuple[Bindings, list[int], list[int]]:
    """Bind what can be bound; return the bindings, the wrong axes and the unsolved ones."""
    wrong: list[int] = []
    # Single dims first: they are certain, and products are solved with their help.
    open_axes = sorted((at for at in range(len(axes)) if axes[at].factors), key=lambda at: len(axes[at].factors))
    while open_axes:
        left: list[int] = []
        for at in open_axes:
            step = _solve_axis(axes[at], sizes[at], bindings, by)
            if step is None:
                left.append(at)
            elif isinstance(step, Bindings):
                bindings = step
            else:
                wrong.append(at)
        if len(left) == len(open_axes):
            break
        open_axes = left
    else:
        return bindings, sorted(wrong), []
    return bindings, sorted(wrong), sorted(open_axes)


def _solve_axis(axis: Axis, size: int, bindings: Bindings, by: str) -> Bindings | Literal["wrong"] | None:
    """Bindings if the axis fits, ``"wrong"`` if it cannot, None while it has more than one unknown."""
    expected = bindings.evaluate(axis)
    if expected is not None:
        return bindings if expected == size else "wrong"
    unknown = [dim for dim in axis.dims if dim not in bindings]
    known = math.prod(f if isinstance(f, int) else bindings[f].size for f in axis.factors if f not in unknown)
    if len(unknown) > 1 or (known == 0 and size == 0):
        return None
    if known == 0 or size % known:
        return "wrong"
    return bindings.bind(unknown[0], size // known, by)


def _rebuild_bindings(bound: dict[str, Bound]) -> Bindings:
    return Bindings(MappingProxyType(bound))
