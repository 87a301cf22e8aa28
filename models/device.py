"""Where to compute."""

from __future__ import annotations

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
