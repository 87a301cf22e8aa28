"""What Python's own functions give for values that are known, where lines are read that have not run."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping
from typing import Any

import torch

from shapecheck.capture.crashes.ahead.names import MOST_ITEMS, items_of
from shapecheck.capture.crashes.ahead.settings import Field, as_dict, settings
from shapecheck.capture.crashes.shapes import UNKNOWN, marked

NUMBERS = (int, float, bool)
_PLAIN: Mapping[str, Callable[..., Any]] = {
    name: getattr(builtins, name) for name in ("range", "enumerate", "zip", "list", "tuple", "reversed", "int", "float")
} | {name: getattr(builtins, name) for name in ("max", "min", "sum", "abs", "round", "len", "sorted", "str")}
_ITERATED = ("enumerate", "zip", "list", "tuple", "reversed", "len")


def plain(name: str, args: list[Any], kwargs: dict[str, Any], field: Field) -> Any:
    """What one of Python's own functions gives for values that are known."""
    if name == "dict":
        return settings(dict, args, kwargs, field)
    if name == "vars" and len(args) == 1:
        return as_dict(args[0])
    if name in ("int", "float", "round", "print", "str"):
        args = [each for each in args if type(each) in NUMBERS] if name != "print" else []
    if name not in _PLAIN or not args or UNKNOWN in map(marked, [*args, *kwargs.values()]):
        return UNKNOWN
    if name in _ITERATED:
        several = [items_of(each) if not (name == "enumerate" and at) else each for at, each in enumerate(args)]
        if None in [None if each is None else 0 for each in several]:
            return UNKNOWN
        value = _PLAIN[name](*several, **({} if name == "zip" else kwargs))
        return value if name == "len" else tuple(value)
    if not all(type(each) in NUMBERS or type(each) is tuple for each in args):
        return UNKNOWN
    value = _PLAIN[name](*args)
    if name == "range":
        return tuple(value) if len(value) <= MOST_ITEMS else UNKNOWN
    return value


def of_row(row: Any, name: str, args: list[Any]) -> Any:
    """What a row of numbers gives, such as a shape: how many numbers that makes, where one stands, how often."""
    if isinstance(row, torch.Size) and name == "numel":
        return row.numel()
    are_numbers = isinstance(row, tuple) and all(type(each) in NUMBERS for each in (*row, *args))
    if not are_numbers or name not in ("index", "count") or not args:
        return UNKNOWN
    return getattr(row, name)(*args)


def alike(left: Any, right: Any) -> Any:
    """What stands for either of two values: tensors of one shape and dtype; UNKNOWN where they may be told apart."""
    are_tensors = isinstance(left, torch.Tensor) and isinstance(right, torch.Tensor)
    is_one = are_tensors and (left.shape, left.dtype) == (right.shape, right.dtype)
    return left if is_one or left is right else UNKNOWN
