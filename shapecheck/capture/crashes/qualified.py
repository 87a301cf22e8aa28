"""Names of torch's functions and methods, and the names of their parameters, builtins included."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import torch
from torch import nn
from torch.overrides import get_testing_overrides

METHOD = "torch.Tensor."
# Builtins whose every further positional argument belongs to the last parameter: x.view(2, 3) is x.view((2, 3)).
SPREAD = ("view", "reshape", "permute", "expand", "repeat", "tile", "flip", "new_zeros", "new_ones", "new_empty")
# What torch's own table leaves out, or has under another name.
_CORRECTED = {
    **dict.fromkeys(
        ("all", "argmax", "argmin", "logsumexp", "max", "mean", "median", "min", "prod", "std", "sum", "var"),
        ("input", "dim", "keepdim"),
    ),
    "size": ("self", "dim"),
}
_HOMES = (
    ("torch.nn.functional", torch.nn.functional),
    ("torch.nn.utils.rnn", torch.nn.utils.rnn),
    ("torch.nn.utils", torch.nn.utils),
    ("torch", torch),
    ("torch.linalg", torch.linalg),
    ("torch.fft", torch.fft),
    ("torch.special", torch.special),
)


def qualified(target: Any) -> str:
    """How a callable is called in torch's documentation, or by its own module and name.

    >>> qualified(torch.cat), qualified(torch.Tensor.view), qualified(nn.LSTM), qualified(len)
    ('torch.cat', 'torch.Tensor.view', 'torch.nn.LSTM', 'builtins.len')
    """
    known = _names().get(id(target))
    if known:
        return known
    kind = type(target) if isinstance(target, nn.Module) else target
    if isinstance(kind, type) and issubclass(kind, nn.Module):
        # A checked layer is torch's, which it is a subclass of.
        kind = next(base for base in kind.__mro__ if not base.__module__.startswith("shapecheck."))
    home = str(getattr(kind, "__module__", "") or "")
    name = str(getattr(kind, "__qualname__", "") or getattr(kind, "__name__", "") or type(kind).__name__)
    if home.startswith("torch.nn.modules"):
        home = "torch.nn"
    return f"{home}.{name}" if home else name


def is_torch_function(target: Any) -> bool:
    """Whether it is one of torch's functions of tensors, or a method of Tensor: code without effects of the user's."""
    name = _names().get(id(target), "")
    return bool(name) and not name.rpartition(".")[2].startswith(
        ("set_", "load", "save", "use_", "manual_", "seed", "compile")
    )


def signature_of(target: Any) -> inspect.Signature | None:
    """The parameters of a callable; of torch's builtins too, as its own table of overrides has them."""
    known = _CORRECTED.get(_names().get(id(target), "").rpartition(".")[2])
    if known is not None:
        return _signature(known)
    override = _overrides().get(target) if getattr(target, "__hash__", None) else None
    if override is not None and (not inspect.isfunction(target)):
        return inspect.signature(override)
    try:
        signature = inspect.signature(target)
    except (TypeError, ValueError):
        return None
    return _of_base(target, signature) if isinstance(target, type) and issubclass(target, nn.RNNBase) else signature


def _of_base(kind: type, signature: inspect.Signature) -> inspect.Signature:
    """Torch's recurrent layers take ``*args``; what they mean stands at their base, behind the name of the mode."""
    if any(parameter.kind is parameter.POSITIONAL_OR_KEYWORD for parameter in signature.parameters.values()):
        return signature
    names = list(inspect.signature(nn.RNNBase).parameters)[1:]
    if issubclass(kind, nn.RNN):
        names.insert(3, "nonlinearity")
    return _signature(names)


def _signature(names: Sequence[str]) -> inspect.Signature:
    return inspect.Signature([inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names])


@cache
def _overrides() -> Mapping[Callable[..., Any], Callable[..., Any]]:
    table: Mapping[Callable[..., Any], Callable[..., Any]] = get_testing_overrides()
    return table


@cache
def _names() -> Mapping[int, str]:
    """Identity of each function -> its name. These live as long as torch, so an identity is never used again."""
    found: dict[int, str] = {}
    for home, module in _HOMES:
        for name, value in vars(module).items():
            if callable(value) and not name.startswith("_") and not isinstance(value, type):
                owner = str(getattr(value, "__module__", "") or "torch")
                if owner.startswith("torch") or inspect.isbuiltin(value):
                    found.setdefault(id(value), f"{home}.{name}")
    for kind in torch.Tensor.__mro__[:-1]:
        for name, value in vars(kind).items():
            if callable(value):
                found.setdefault(id(value), f"{METHOD}{name}")
    return found
