"""Layers of torch's as they would be called: with parameters on meta, and those that took their sizes at first."""

from __future__ import annotations

import re
from collections.abc import Iterable

from torch import nn

from shapecheck.capture.crashes.shapes import is_called_otherwise, twin
from shapecheck.capture.crashes.source import SourceFile

_LAZY = re.compile(r"\bLazy(\w+)\s*\(")


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


def may_be_lazy(module: nn.Module, sources: Iterable[SourceFile]) -> bool:
    """Whether a layer may have taken the width of what it was given first, as the script would give it another now.

    Nothing in a ``LazyLinear`` tells of it once it is a ``Linear``.
    """
    name = type(module).__name__
    return any(name in _LAZY.findall(line) for source in sources for line in source.lines)
