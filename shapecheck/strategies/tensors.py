"""Strategies for tensors, whose values come from a seed that is part of the example."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from hypothesis import strategies as st
from torch import Tensor

SEEDS = st.integers(0, 2**32 - 1)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed torch's global RNG inside the block and put it back behind it."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def floats(shape: tuple[int, ...], dtype: torch.dtype = torch.float32) -> st.SearchStrategy[Tensor]:
    """Normally distributed tensors of one shape.

    Shape:
        - Output: ``shape``, any float dtype.
    """
    return SEEDS.map(lambda seed: torch.randn(shape, generator=_generator(seed)).to(dtype))


def integers(
    shape: tuple[int, ...], low: int, high: int, dtype: torch.dtype = torch.int64
) -> st.SearchStrategy[Tensor]:
    """Whole numbers in ``[low, high)``.

    Shape:
        - Output: ``shape``, ``dtype``.
    """
    return SEEDS.map(lambda seed: torch.randint(low, high, shape, generator=_generator(seed)).to(dtype))


def signs(shape: tuple[int, ...]) -> st.SearchStrategy[Tensor]:
    """Tensors of -1 and 1, float32."""
    return integers(shape, 0, 2).map(lambda bits: bits.float() * 2 - 1)


def fractions(shape: tuple[int, ...]) -> st.SearchStrategy[Tensor]:
    """Numbers in [0, 1), float32."""
    return SEEDS.map(lambda seed: torch.rand(shape, generator=_generator(seed)))


def _generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
