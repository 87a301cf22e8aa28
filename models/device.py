"""Where to compute."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from shapecheck import DataError


def open_device(name: str) -> torch.device:
    """The device of that name, if this machine has it.

    Raises:
        DataError: torch knows no such device, or cannot use it here.

    >>> open_device("cpu")
    device(type='cpu')
    """
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        lines = str(error).splitlines()
        raise DataError(f"cannot compute on the device {name!r}: {lines[0] if lines else error!r}") from None
    return device


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute with one thread of the processor, and with as many as before afterwards.

    The operations of a small model are shorter than the wait of one thread for another. On two cores that others use as
    well, a step of the price model was measured to take 25 to 100 times as long with two threads as with one.

    >>> with one_thread():
    ...     torch.get_num_threads()
    1
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
