"""The record of one call of a module: its tensors by role, its configuration, and how it ended."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from shapecheck.capture.configs import seen_through
from shapecheck.capture.tensors import Names, record, tensors
from shapecheck.contract import Contract, flat_roles
from shapecheck.records import CallRecord, Status

Role = tuple[str, torch.Tensor | PackedSequence]

OUTPUT = "output"
MAX_CONFIG = 300


def call_record(
    path: str, module: nn.Module, inputs: Sequence[Role], outputs: Sequence[Role] = (), status: Status = "returned"
) -> CallRecord:
    """Write down a call.

    Args:
        path: Where the module stands in its model.
        module: The module.
        inputs: Its input tensors, as `inputs_of` gives them.
        outputs: Its output tensors, as `outputs_of` gives them.
        status: How it ended.
    """
    target = seen_through(module)
    return CallRecord(
        path,
        type(target).__name__ if isinstance(target, nn.Module) else getattr(target, "__name__", type(module).__name__),
        _config(target),
        tuple(record(role, tensor) for role, tensor in inputs),
        tuple(record(role, tensor) for role, tensor in outputs),
        status,
        bool(getattr(module, "training", False)),
        isinstance(target, nn.Module) and _is_namesake(type(target)),
    )


def _is_namesake(kind: type[nn.Module]) -> bool:
    """Whether torch has another class of this name, of which this one is no kind."""
    torchs = getattr(nn, kind.__name__, kind)
    return isinstance(torchs, type) and not issubclass(kind, torchs)


def inputs_of(
    module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any], contract: Contract | None = None
) -> list[Role]:
    """Every tensor that goes into a call, by the contract's roles, or by the names of forward's parameters.

    >>> [role for role, _ in inputs_of(nn.Linear(3, 2), (torch.zeros(4, 3),), {})]
    ['input']
    """
    names = contract.arguments if contract else ()
    found: list[Role] = []
    for at, (parameter, value) in enumerate(_arguments(module, args, kwargs)):
        name = names[at] if at < len(names) else None
        found += tensors(parameter, value, name)
    return found


def outputs_of(output: object, contract: Contract | None = None) -> list[Role]:
    """Every tensor that comes back from a call, by the contract's roles, or as ``output``, ``output[0]``, ..."""
    names: Names = contract.returns if contract else None
    return tensors(OUTPUT, output, names)


def kinds_in(module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, str]:
    """Parameter -> type, of what goes into a call and is no tensor; the first one is ``input`` as well."""
    given = [(name, type(value).__name__) for name, value in _arguments(module, args, kwargs) if not _is_tensor(value)]
    first = {"input": type(args[0]).__name__} if args and not _is_tensor(args[0]) else {}
    return {**first, **dict(given)}


def kinds_out(output: object) -> dict[str, str]:
    """``output`` -> its type, if it is no tensor."""
    return {} if _is_tensor(output) else {OUTPUT: type(output).__name__}


def parameter_names(module: nn.Module) -> tuple[str, ...]:
    """The names of forward's parameters; empty where they cannot be read."""
    try:
        return tuple(_signature(module).parameters)
    except (TypeError, ValueError):
        return ()


def known_roles(contract: Contract) -> tuple[str, ...]:
    """The names that tensors of a call can have, without what stands in brackets.

    >>> from shapecheck.contracts import find
    >>> known_roles(find(["torch.nn.modules.rnn.GRU"]))
    ('input', 'h_0', 'output', 'h_n')
    """
    roles = (role.removesuffix("[]") for role in flat_roles((*contract.arguments, *contract.returns)))
    return tuple(dict.fromkeys((*roles, "input", OUTPUT)))


def pick(roles: Sequence[Role], role: str, default: str) -> Role | None:
    """The tensor of a role. Where none has it, ``default`` (``"input"``, ``"output"``) stands for the first one."""
    exact = next((pair for pair in roles if pair[0] == role), None)
    return exact or (roles[0] if role == default and roles else None)


def _is_tensor(value: object) -> bool:
    return isinstance(value, torch.Tensor | PackedSequence)


def _arguments(module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every argument with the name of its parameter, in the order of the parameters."""
    try:
        signature = _signature(module)
        bound = signature.bind(*args, **kwargs).arguments
    except (TypeError, ValueError):
        # Arguments that do not fit: forward has raised, or will; they are recorded all the same.
        names = parameter_names(module)
        yield from ((names[at] if at < len(names) else f"args[{at}]", value) for at, value in enumerate(args))
        yield from kwargs.items()
        return
    for name, parameter in signature.parameters.items():
        if name not in bound:
            yield name, None
        elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
            yield from bound[name].items()
        else:
            yield name, bound[name]


def _signature(module: nn.Module) -> inspect.Signature:
    """The parameters of what is called in the end."""
    target = seen_through(module)
    return inspect.signature(target.forward if isinstance(target, nn.Module) else target)


def _config(module: object) -> str:
    """What the module prints of itself: one line, and not a long one."""
    if not isinstance(module, nn.Module):
        return ""
    try:
        text = " ".join(str(module.extra_repr()).split())
    except Exception:
        # Somebody else's extra_repr may do anything, and what it prints is not worth a training run.
        return ""
    return text if len(text) <= MAX_CONFIG else text[:MAX_CONFIG] + "..."
