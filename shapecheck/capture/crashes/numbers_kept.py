"""The whole numbers that a model keeps, ``self.hidden``, by the names that the script calls them by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import nn

from shapecheck.capture.crashes.values import value_of
from shapecheck.evidence import Value

MAX_NUMBERS = 32


def numbers_kept(name: str, held: Any) -> Iterator[tuple[str, Value]]:
    """The sizes among the attributes of a module of the script's own.

    Args:
        name: What the variable is called.
        held: Its value.
    """
    if not isinstance(held, nn.Module) or type(held).__module__.startswith("torch."):
        return
    # "training" is a bool, and what begins with an underscore is the module's own affair.
    kept = [(path, value) for path, value in vars(held).items() if type(value) is int and not path.startswith("_")]
    for path, value in kept[:MAX_NUMBERS]:
        yield f"{name}.{path}", value_of(value, path)
