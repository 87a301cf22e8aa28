"""What becomes of the axes between two tensors: which are gone, new, joined, split, moved or of another size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shapecheck.dims import ANY


@dataclass(frozen=True, slots=True)
class SizedAxis:
    """One axis of a tensor: what it is, ``""`` if nobody knows, and its size."""

    dim: str
    size: int

    @property
    def factors(self) -> tuple[str, ...]:
        """The dims whose product it is; one for a plain axis, none for an unknown or a fixed one."""
        return tuple(factor for factor in self.dim.split("*") if factor and factor != ANY and not factor.isdecimal())

    @property
    def is_joined(self) -> bool:
        """Whether several dims are laid into this one axis."""
        return len(self.factors) > 1


Axes = Sequence[SizedAxis]


@dataclass(frozen=True, slots=True)
class Change:
    """How the axes of one tensor differ from those of another.

    Args:
        gone: Dims that only the first has.
        new: Dims that only the second has.
        joined: Axes of the second that hold several axes of the first, ``"batch_size*seq_length"``.
        split: Axes of the first that are several axes of the second.
        moved: Dims of both that stand in another order; empty if the order is the same.
        resized: ``(dim or "axis 2", size before, size after)``.
        packed: ``"packed"`` or ``"unpacked"`` if only one of the two is a packed sequence; else empty.
        ndim: How many axes there were and are, where that is all that can be said; else None.
    """

    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()
    split: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    resized: tuple[tuple[str, int, int], ...] = ()
    packed: str = ""
    ndim: tuple[int, int] | None = None

    def __bool__(self) -> bool:
        return self != Change()

    @property
    def rearranges(self) -> bool:
        """Whether the second can be made of the first by reshaping, reordering and dropping axes alone."""
        return bool(self) and not self.new and not self.resized and self.ndim is None


def change(before: Axes, after: Axes) -> Change:
    """Compare the axes of two tensors.

    >>> axes = [SizedAxis("batch_size", 4), SizedAxis("seq_length", 7), SizedAxis("num_features", 1)]
    >>> words(change(axes, [*axes[:2], SizedAxis("hidden_size", 16)]))
    'num_features gone, hidden_size new'
    """
    unnamed = _unnamed(before, after)
    old = [factor for at, axis in enumerate(before) if at not in unnamed for factor in axis.factors]
    now = [factor for at, axis in enumerate(after) if at not in unnamed for factor in axis.factors]
    shared = set(old) & set(now)
    order_before, order_after = ([dim for dim in dims if dim in shared] for dims in (old, now))
    moved = tuple(was for was, is_ in zip(order_before, order_after, strict=False) if was != is_)
    if len(before) != len(after) and not all(axis.factors for axis in (*before, *after)):
        return Change(ndim=(len(before), len(after)))
    return Change(
        gone=_without(old, now),
        new=_without(now, old),
        joined=_made_of(after, before),
        split=_made_of(before, after),
        moved=moved if len(order_before) == len(order_after) else (),
        resized=tuple(unnamed.values()) + _resized(before, after),
    )


def words(found: Change) -> str:
    """The change in words: ``"num_features gone, hidden_size new"``; ``"same axes"`` if there is none."""
    parts = [_PACKED[found.packed]] if found.packed else []
    parts += [f"{_and(product.split('*'))} joined into one axis" for product in found.joined]
    parts += [f"{product} split into {_and(product.split('*'))}" for product in found.split]
    parts += [f"{_and(found.moved)} changed places"] if found.moved else []
    parts += [f"{dim}: {before} becomes {after}" for dim, before, after in found.resized]
    parts += [f"{found.ndim[0]} axes become {found.ndim[1]}"] if found.ndim else []
    parts += [f"{_and(found.gone)} gone"] if found.gone else []
    parts += [f"{_and(found.new)} new"] if found.new else []
    return ", ".join(parts) or "same axes"


_PACKED = {
    "packed": "packed: the padding is left out, only real steps go on",
    "unpacked": "unpacked: every sequence is filled up with padding again",
}


def _without(dims: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(dim for dim in dims if dim not in others))


def _made_of(joined: Axes, parts: Axes) -> tuple[str, ...]:
    """The products among ``joined`` whose factors are axes of their own in ``parts``."""
    single = {axis.dim for axis in parts if not axis.is_joined}
    return tuple(axis.dim for axis in joined if axis.is_joined and set(axis.factors) <= single)


def _unnamed(before: Axes, after: Axes) -> dict[int, tuple[str, int, int]]:
    """Axes that only their position tells apart, since one of the two has no name, where the size differs."""
    if len(before) != len(after):
        return {}
    pairs = enumerate(zip(before, after, strict=True))
    return {
        at: (f"axis {at}", was.size, is_.size)
        for at, (was, is_) in pairs
        if was.size != is_.size and not (was.factors and is_.factors)
    }


def _resized(before: Axes, after: Axes) -> tuple[tuple[str, int, int], ...]:
    old = {axis.dim: axis.size for axis in before if axis.factors}
    return tuple(
        (axis.dim, old[axis.dim], axis.size) for axis in after if axis.dim in old and old[axis.dim] != axis.size
    )


def _and(dims: Sequence[str]) -> str:
    return " and ".join([", ".join(dims[:-1]), dims[-1]] if len(dims) > 1 else dims)
