"""Refuses calls of recurrent kernels that would read memory that is not theirs: they check nothing themselves."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from torch import Tensor

from shapecheck.capture.recording.vocabulary import CELLS, RECURRENT

_KERNELS = RECURRENT | CELLS


def guarded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which refuses misfits if it is such a kernel, whoever calls it."""
    if name not in _KERNELS:
        return function

    @functools.wraps(function, updated=())
    def checked(*args: Any, **kwargs: Any) -> Any:
        refuse_misfits(name, args)
        return function(*args, **kwargs)

    return checked


def refuse_misfits(name: str, args: tuple[Any, ...]) -> None:
    """Do what the modules do before they call the kernel.

    Raises:
        RuntimeError: The state or the weights do not fit the input.
    """
    if name in RECURRENT and len(args) == 9:
        packed = not isinstance(args[3], bool)
        values, state, weights = args[0], args[2 if packed else 1], args[3 if packed else 2]
        if packed:
            size = int(args[1][0])
        elif values.ndim == 3:
            size = values.shape[0 if args[8] else 1]
        else:
            return
    elif name in CELLS and len(args) >= 4 and args[0].ndim == 2:
        values, state, weights, size = args[0], args[1], args[2:4], args[0].shape[0]
    else:
        return
    if values.shape[-1] != weights[0].shape[-1]:
        raise RuntimeError("the input has another width than the weights")
    for item in state if isinstance(state, tuple | list) else (state,):
        if isinstance(item, Tensor) and (item.ndim < 2 or item.shape[-2] != size):
            raise RuntimeError("the state has another batch size than the input")
