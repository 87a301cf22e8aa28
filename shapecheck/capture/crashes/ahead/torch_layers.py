"""What torch's own would give for tensors on meta: layers with parameters there, and what reads numbers otherwise."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from types import FunctionType
from typing import Any

import torch
from torch import nn

from shapecheck.capture.crashes.shapes import UNKNOWN, is_called_otherwise, marked, twin
from shapecheck.capture.crashes.source import SourceFile

_LAZY = re.compile(r"\bLazy(\w+)\s*\(")


def is_layer(kind: Any) -> bool:
    """Whether it is one of the classes of torch's layers."""
    return isinstance(kind, type) and issubclass(kind, nn.Module) and kind.__module__.startswith("torch.nn.modules.")


def layer_named(given: Sequence[Any]) -> Any:
    """The class of a layer that is taken by its name: ``getattr(nn, "LSTM")``."""
    is_told = len(given) == 2 and given[0] is nn and type(given[1]) is str
    kind = getattr(nn, given[1], None) if is_told else None
    return kind if is_layer(kind) else UNKNOWN


def is_torchs(module: nn.Module) -> bool:
    """Whether a layer, and all in it, are torch's own, called as torch calls them."""
    return all(
        type(each).__module__.startswith("torch.nn.") and not is_called_otherwise(each) for each in module.modules()
    )


def deep_twin(module: nn.Module) -> nn.Module:
    """A copy of a layer of torch's, with layers in it, whose parameters are on meta."""
    copy: nn.Module = twin(module).__self__  # type: ignore[attr-defined]
    children = vars(module)["_modules"]
    vars(copy)["_modules"] = {name: None if it is None else deep_twin(it) for name, it in children.items()}
    # Not the short ways of evaluation, which meta tensors do not know.
    vars(copy)["training"] = True
    return copy


def run_deep(module: nn.Module, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """What a layer of torch's with layers in it would return.

    Whether a mask is causal, for which its numbers would be read, changes no shape.
    """
    forward = deep_twin(module).forward
    told = inspect.signature(forward).bind(*args, **kwargs).arguments
    names = (each for each in inspect.signature(forward).parameters if each.endswith("is_causal"))
    return forward(*args, **kwargs, **{name: False for name in names if told.get(name) is None})


def of_numbers(target: Any, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """What a function of torch's would return that reads, or fills in, numbers; None where it is not known as one."""
    is_own = isinstance(target, FunctionType) and not target.__module__.startswith("torch.")
    if is_own or UNKNOWN in map(marked, (*args, *kwargs.values())):
        return None
    if name == "one_hot":
        return _one_hot(*args, **kwargs)
    if name == "generate_square_subsequent_mask":
        return _causal_mask(*args, **kwargs)
    return None


def _one_hot(given: torch.Tensor, num_classes: int = -1) -> Any:
    return given.new_empty((*given.shape, num_classes), dtype=torch.int64) if num_classes > 0 else UNKNOWN


def _causal_mask(size: Any, *_: Any, dtype: Any = None, **__: Any) -> Any:
    is_known = type(size) is int and (dtype is None or isinstance(dtype, torch.dtype))
    return torch.empty(size, size, dtype=dtype, device="meta") if is_known else UNKNOWN


def may_be_lazy(module: nn.Module, sources: Iterable[SourceFile]) -> bool:
    """Whether a layer may have taken the width of what it was given first, as the script would give it another now.

    Nothing in a ``LazyLinear`` tells of it once it is a ``Linear``.
    """
    name = type(module).__name__
    return any(name in _LAZY.findall(line) for source in sources for line in source.lines)
