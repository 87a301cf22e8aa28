"""The layers and the whole numbers of the models beside a line that failed, by the names that the script gives them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import nn

from shapecheck.capture.configs import is_begun
from shapecheck.capture.crashes.values import value_of
from shapecheck.evidence import Value

MAX_LAYERS, MAX_NUMBERS = 64, 32


def layers_of(name: str, held: Any) -> Iterator[tuple[str, Value]]:
    """The layers of a model, ``self.head``, or a layer with a name of its own; those in a row stand for their first.

    Args:
        name: What the variable is called.
        held: Its value.
    """
    if not isinstance(held, nn.Module) or not is_begun(held):
        return
    children = [(f"{name}.{path}", child) for path, child in held._modules.items() if child is not None]
    if type(held) is nn.Sequential or not children:
        children = [(name, held)]
    for path, child in children[:MAX_LAYERS]:
        first = next(iter(child._modules.values()), None) if type(child) is nn.Sequential else child
        if first is not None and not first._modules:
            yield path, value_of(first, path)


def numbers_of(name: str, held: Any) -> Iterator[tuple[str, Value]]:
    """The sizes among the attributes of a module of the script's own: ``self.hidden``.

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
