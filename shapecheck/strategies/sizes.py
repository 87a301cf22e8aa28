"""Strategies for sizes and dims: pairwise different unless coincidences are asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, get_args

from hypothesis import strategies as st

from shapecheck.dims import Bindings, Spec

Coincidence = Literal["one", "equal", "empty"]
DIMS = ("batch_size", "seq_length", "num_features", "hidden_size", "out_size", "num_classes", "num_layers")


def sizes(
    count: int, *, min_size: int = 2, max_size: int = 9, coincidences: Collection[Coincidence] = ()
) -> st.SearchStrategy[tuple[int, ...]]:
    """Sizes of axes that a swap cannot hide: pairwise different and at least 2.

    Args:
        count: How many sizes.
        min_size: The smallest one.
        max_size: The largest one; at least ``min_size + count - 1``.
        coincidences: What is allowed on top: ``"one"`` (sizes of 1), ``"equal"`` (equal sizes), ``"empty"`` (sizes
            of 0).

    Raises:
        ValueError: An unknown coincidence, or fewer than ``count`` different sizes between the two bounds.
    """
    unknown = set(coincidences) - set(get_args(Coincidence))
    if unknown:
        known = ", ".join(map(repr, get_args(Coincidence)))
        raise ValueError(f"expected coincidences among {known}, got {', '.join(map(repr, sorted(unknown)))}")
    choices = list(range(min_size, max_size + 1))
    choices += [1] * ("one" in coincidences and 1 not in choices)
    choices += [0] * ("empty" in coincidences and 0 not in choices)
    is_unique = "equal" not in coincidences
    if is_unique and len(choices) < count:
        raise ValueError(f"there are no {count} different sizes from {min_size} to {max_size}")
    drawn = st.lists(st.sampled_from(choices), min_size=count, max_size=count, unique=is_unique)
    return drawn.map(tuple)


def bindings(
    dims: Sequence[str] = DIMS[:4], *, coincidences: Collection[Coincidence] = (), max_size: int = 9
) -> st.SearchStrategy[Bindings]:
    """Bindings of these dims to sizes drawn by `sizes`."""
    drawn = sizes(len(dims), coincidences=coincidences, max_size=max(max_size, len(dims) + 1))
    return drawn.map(lambda values: Bindings.of(dict(zip(dims, values, strict=True)), by="the example"))


def specs(*, min_axes: int = 0, max_axes: int = 4, allow_ellipsis: bool = True) -> st.SearchStrategy[Spec]:
    """Specs that parse: dims, fixed sizes, products, ``_`` and, where it is allowed, one ``...``."""
    factor = st.one_of(st.sampled_from(DIMS), st.integers(2, 9).map(str))
    product = st.lists(factor, min_size=2, max_size=3).map("*".join)
    words = st.lists(
        st.one_of(st.sampled_from(DIMS), factor, product, st.just("_")), min_size=min_axes, max_size=max_axes
    )
    leading = st.sampled_from(("", "... ")) if allow_ellipsis else st.just("")
    return st.builds(lambda start, axes: Spec.parse(start + " ".join(axes)), leading, words)
