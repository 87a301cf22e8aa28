"""Says what the axes of a tensor are if it was made of another one by reshaping, reordering or picking alone.

No size is looked up among all that occur somewhere: only the axes of the one tensor that came before can explain it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from shapecheck.dims import ANY

Dims = tuple[str, ...]
Shape = tuple[int, ...]
# More axes than anybody uses; beyond them the number of ways grows too fast.
_MOST_AXES = 8


def rearranged(dims: Dims, shape: Shape, after: Shape, sizes: Mapping[str, int]) -> Dims | None:
    """The dims of ``after`` if it holds the numbers of a tensor of ``shape`` in another form; None if it cannot.

    An axis that two explanations name differently is left open.

    Args:
        dims: What the axes before are.
        shape: Their sizes.
        after: The sizes of the tensor that was made of it.
        sizes: Sizes of dims, to take products apart.

    >>> rearranged(("batch_size", "seq_length", "hidden_size"), (4, 7, 16), (28, 16), {})
    ('batch_size*seq_length', 'hidden_size')
    >>> rearranged(("batch_size", "num_features", "seq_length"), (4, 5, 7), (4, 7, 5), {})
    ('batch_size', 'seq_length', 'num_features')
    """
    if 0 in after or math.prod(shape) != math.prod(after) or max(len(shape), len(after)) > _MOST_AXES:
        return None
    ways = list(_in_order(_atoms(dims, shape, sizes), after))
    if ways:
        least = min(cost for cost, _ in ways)
        return agreed(*(names for cost, names in ways if cost == least))
    if sorted(shape) == sorted(after):
        by_size = {size: dim for dim, size in zip(dims, shape, strict=True) if shape.count(size) == 1}
        return tuple(by_size.get(size, ANY) for size in after)
    return None


def picked(before: Sequence[tuple[Dims, Shape]], after: Shape) -> Dims | None:
    """The dims of ``after`` if axes of one of the tensors before are gone and the others stay as they are.

    >>> picked([(("batch_size", "seq_length", "hidden_size"), (4, 7, 16))], (4, 16))
    ('batch_size', 'hidden_size')
    >>> picked([(("batch_size", "seq_length", "hidden_size"), (7, 7, 16))], (7, 16))
    ('_', 'hidden_size')
    """
    ways = [
        tuple(dims[at] for at in kept)
        for dims, shape in before
        if after and 0 not in after and len(after) < len(shape) <= _MOST_AXES
        for kept in combinations(range(len(shape)), len(after))
        if tuple(shape[at] for at in kept) == after
    ]
    return agreed(*ways) if ways else None


def leading(dims: Dims, shape: Shape, after: Shape) -> Dims:
    """The dims of the first axes, as far as the two tensors agree in their sizes; those behind are left open.

    >>> leading(("batch_size", "seq_length", "hidden_size"), (4, 7, 16), (4, 7, 32))
    ('batch_size', 'seq_length', '_')
    """
    same = 0
    while same < min(len(shape), len(after)) and shape[same] == after[same] > 1:
        same += 1
    return (*dims[:same], *(ANY,) * (len(after) - same))


def _atoms(dims: Dims, shape: Shape, sizes: Mapping[str, int]) -> list[tuple[str, int]]:
    """The axes, a product as its factors where their sizes are known."""
    found: list[tuple[str, int]] = []
    for dim, size in zip(dims, shape, strict=True):
        factors = dim.split("*")
        known = [int(factor) if factor.isdecimal() else sizes.get(factor, 0) for factor in factors]
        is_whole = len(factors) == 1 or math.prod(known) != size
        found += [(dim, size)] if is_whole else zip(factors, known, strict=True)
    return found


def _in_order(atoms: Sequence[tuple[str, int]], shape: Sequence[int]) -> Iterator[tuple[int, Dims]]:
    """Every way to lay neighbours together, with how many axes of size 1 it drops or adds."""
    if not shape:
        if all(size == 1 for _, size in atoms):
            yield len(atoms), ()
        return
    if atoms and atoms[0][1] == 1:
        yield from ((cost + 1, names) for cost, names in _in_order(atoms[1:], shape))
    if shape[0] == 1:
        yield from ((cost + 1, (ANY, *names)) for cost, names in _in_order(atoms, shape[1:]))
    for count in range(1, len(atoms) + 1):
        group = atoms[:count]
        # A size of 1 at either end would only be the same way once more.
        if count > 1 and (group[0][1] == 1 or group[-1][1] == 1):
            continue
        if math.prod(size for _, size in group) == shape[0]:
            name = _joined([dim for dim, size in group if size > 1 or count == 1])
            yield from ((cost, (name, *names)) for cost, names in _in_order(atoms[count:], shape[1:]))


def _joined(dims: Sequence[str]) -> str:
    return ANY if ANY in dims else "*".join(dims)


def agreed(*ways: Dims) -> Dims:
    """The names that nobody contradicts; who says nothing does not."""
    return tuple(
        names[0] if len(set(names)) == 1 else ANY for names in zip(*(dims for dims in ways if dims), strict=True)
    )
