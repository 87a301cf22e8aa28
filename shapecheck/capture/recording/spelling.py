"""One name for each operation: ``a + b``, ``torch.add(a, b)`` and ``a.add_(b)`` are all ``add``."""

from __future__ import annotations

from functools import cache

import torch

# Spelling -> name. What is written with its operands the other way round keeps a name of its own.
_NAMES = {
    "__add__": "add",
    "__radd__": "add",
    "__iadd__": "add",
    "__sub__": "sub",
    "__isub__": "sub",
    "subtract": "sub",
    "__rsub__": "rsub",
    "__mul__": "mul",
    "__rmul__": "mul",
    "__imul__": "mul",
    "multiply": "mul",
    "__div__": "div",
    "__truediv__": "div",
    "__itruediv__": "div",
    "__idiv__": "div",
    "true_divide": "div",
    "divide": "div",
    "__rdiv__": "rdiv",
    "__rtruediv__": "rdiv",
    "__floordiv__": "floor_divide",
    "__ifloordiv__": "floor_divide",
    "__mod__": "remainder",
    "__imod__": "remainder",
    "__pow__": "pow",
    "__ipow__": "pow",
    "__rpow__": "rpow",
    "__neg__": "neg",
    "negative": "neg",
    "__abs__": "abs",
    "absolute": "abs",
    "__matmul__": "matmul",
    "__imatmul__": "matmul",
    "__rmatmul__": "rmatmul",
    "__eq__": "eq",
    "__ne__": "ne",
    "not_equal": "ne",
    "__lt__": "lt",
    "less": "lt",
    "__le__": "le",
    "less_equal": "le",
    "__gt__": "gt",
    "greater": "gt",
    "__ge__": "ge",
    "greater_equal": "ge",
    "__invert__": "bitwise_not",
    "__and__": "bitwise_and",
    "__rand__": "bitwise_and",
    "__iand__": "bitwise_and",
    "__or__": "bitwise_or",
    "__ror__": "bitwise_or",
    "__ior__": "bitwise_or",
    "__xor__": "bitwise_xor",
    "clip": "clamp",
    "concat": "cat",
    "concatenate": "cat",
    "swapaxes": "transpose",
    "swapdims": "transpose",
    "moveaxis": "movedim",
    "float": "to",
    "double": "to",
    "half": "to",
    "bfloat16": "to",
    "cuda": "to",
    "cpu": "to",
    "type": "to",
    "type_as": "to",
    "pin_memory": "to",
    "linalg_vector_norm": "vector_norm",
    "linalg_norm": "norm",
}


@cache
def plain(name: str) -> str:
    """The name under which an operation stands on the tape.

    Examples:
        >>> plain("__iadd__"), plain("add_"), plain("concatenate"), plain("clip_"), plain("fill_")
        ('add', 'add', 'cat', 'clamp', 'fill_')
    """
    if is_in_place(name) and name.endswith("_") and callable(getattr(torch.Tensor, name[:-1], None)):
        name = name[:-1]
    return _NAMES.get(name, name)


def is_in_place(name: str) -> bool:
    """Whether an operation changes its first operand, by the way it is written.

    Examples:
        >>> is_in_place("add_"), is_in_place("__iadd__"), is_in_place("__setitem__"), is_in_place("__invert__")
        (True, True, True, False)
    """
    if name in ("__setitem__", "__set__") or (
        name.startswith("__i") and name.endswith("__") and name[3:-2] in _INPLACE
    ):
        return True
    return name.endswith("_") and not name.endswith("__") and name not in ("requires_grad_", "retain_grad_")


_INPLACE = frozenset(
    ["add", "sub", "mul", "div", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "lshift", "rshift", "matmul"]
)
