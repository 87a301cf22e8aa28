"""Reads what a contract wants to know of a call: the configuration, the inputs as records, facts about values."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy
from torch.nn.utils.rnn import PackedSequence

from shapecheck.capture.loss_facts import LOSS_FACTS
from shapecheck.capture.tensors import dtype_name, record
from shapecheck.contract import ARGUMENTS, Call, ConfigValue, Contract, group_name
from shapecheck.contracts import find
from shapecheck.errors import NoContractError
from shapecheck.records import TensorRecord

Target = nn.Module | Callable[..., Any]

FACTS: Mapping[str, Callable[[torch.Tensor], float]] = {
    "min": lambda tensor: float(tensor.min()),
    "max": lambda tensor: float(tensor.max()),
    "first": lambda tensor: float(tensor.reshape(-1)[0]),
    "last": lambda tensor: float(tensor.reshape(-1)[-1]),
    "whole_sum": lambda tensor: float(tensor.long().sum()),
    "is_descending": lambda tensor: float((tensor.long().diff() <= 0).all()),
    "is_ascending": lambda tensor: float((tensor.long().diff() >= 0).all()),
    "is_whole": lambda tensor: float((tensor == tensor.long()).all()),
    "has_nan": lambda tensor: float(tensor.isnan().any()),
}


def seen_through(target: Target) -> Target:
    """What a wrapper of ours wraps, which then is what is called; anything else is given back as it is."""
    inner: Any = target
    while type(inner).__module__.startswith("shapecheck.") and hasattr(type(inner), "__wrapped__"):
        inner = inner.__wrapped__
    return inner  # type: ignore[no-any-return]


def is_begun(module: nn.Module) -> bool:
    """Whether the constructor of nn.Module has run: without it a module has no room for layers and parameters."""
    return "_modules" in vars(module)


def contract_of(target: Target) -> Contract | None:
    """The contract of a module or a function, or None if there is none that surely holds.

    A subclass that has a ``forward`` of its own may do anything, and a lazy module does not know its sizes before its
    first call: neither has its base's contract.
    """
    target = seen_through(target)
    if not isinstance(target, nn.Module):
        return find((qualified_name(target),))
    if not is_begun(target):
        return None
    if any(is_lazy(value) for value in target._parameters.values() if value is not None):
        return None
    for kind in type(target).__mro__:
        contract = find((qualified_name(kind),))
        if contract is not None:
            return contract
        if "forward" in vars(kind) and not kind.__module__.startswith("shapecheck."):
            return None
    return None


def config_of(target: Target, contract: Contract | None = None) -> dict[str, ConfigValue]:
    """The configuration of a module as plain values: what its contract reads, and its parameters' dtype and device."""
    target = seen_through(target)
    contract = contract or contract_of(target)
    config = {name: _plain(value) for name, value in _attributes(target, contract) if not _is_tensor(value)}
    if isinstance(target, nn.Module):
        if contract is not None and len(contract.types) > 1:
            config["type"] = _home(target, contract).__name__
        own = (*target._parameters.values(), *target._buffers.values())
        first = next((value for value in (*own, *target.parameters()) if value is not None), None)
        if first is not None:
            config |= {"dtype": dtype_name(first.dtype), "device": str(first.device)}
    return config


def qualified_name(target: Any) -> str:
    """Name of a module's class, of a class or of a function, with the module that defines it."""
    kind = type(target) if isinstance(target, nn.Module) else target
    return f"{getattr(kind, '__module__', '')}.{getattr(kind, '__qualname__', type(kind).__name__)}"


def call_of(
    target: Target,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any] | None = None,
    *,
    contract: Contract | None = None,
    values: bool = False,
) -> Call:
    """Describe a call to the contract of what is called.

    Args:
        target: The module, or the function.
        args: Its positional arguments: tensors, meta tensors, packed sequences, or records in their stead.
        kwargs: Its keyword arguments.
        contract: The contract, where it is known already.
        values: Whether to look at values too, where the contract can use them; on a GPU this waits for the device.

    Raises:
        NoContractError: There is no contract for this target.
    """
    target = seen_through(target)
    contract = contract or contract_of(target)
    if contract is None:
        raise NoContractError(qualified_name(target))
    reader = _Reader(contract, values)
    try:
        given = _bind(target, contract, args, kwargs or {})
    except TypeError as error:
        reader.objects[ARGUMENTS] = str(error)
        given = {}
    plain_arguments: dict[str, ConfigValue] = {}
    for at, argument in enumerate(contract.arguments):
        name = argument.removesuffix("[]") if isinstance(argument, str) else ""
        value = given.get(name, given.get(at))
        if name in contract.reads and not _is_tensor(value):
            # A plain argument of forward, such as need_weights, is configuration.
            plain_arguments |= {name: _plain(value)} if at in given else {}
            continue
        reader.read(argument, value, is_first=at == 0 and (at in given or name in given))
    config = {name: value for name, value in config_of(target, contract).items() if name not in given}
    config |= plain_arguments
    for name, value in (
        *_attributes(target, contract),
        *((name, given[name]) for name in contract.reads if name in given),
    ):
        if _is_tensor(value):
            reader.read(name, value)
        elif name in given:
            config[name] = _plain(value)
    reader.look(config)
    device = next((found.device for found in reader.inputs.values()), str(config.get("device", "cpu")))
    return Call(
        config,
        reader.inputs,
        reader.objects,
        reader.values,
        training=getattr(target, "training", True),
        autocast=_autocast(device),
        fused=_fused(),
        gradients=torch.is_grad_enabled(),
    )


class _Reader:
    """Sorts arguments into records, objects that are no tensors, and facts about values."""

    def __init__(self, contract: Contract, values: bool) -> None:
        self.contract, self.may_look = contract, values
        self.inputs: dict[str, TensorRecord] = {}
        self.objects: dict[str, str] = {}
        self.values: dict[str, dict[str, float]] = {}
        self.seen: dict[str, torch.Tensor] = {}

    def read(self, argument: object, value: Any, *, is_first: bool = False) -> None:
        if value is None and not is_first:
            return
        if not isinstance(argument, str):
            self._read_group(argument, value)
        elif argument.endswith("[]"):
            self._read_list(argument.removesuffix("[]"), value)
        elif isinstance(value, TensorRecord):
            self.inputs[argument] = _with_role(value, argument)
        elif _is_tensor(value):
            self.inputs[argument] = record(argument, value)
            self._remember(argument, value)
        elif argument in self.contract.looks and _are_numbers(value):
            self.values[argument] = {"is_list": 1.0}
            self.read(argument, torch.tensor(value))
        else:
            self.objects[argument] = type(value).__name__
            if isinstance(value, float) and argument in self.contract.accepts:
                self.values[argument] = {"min": value, "max": value}

    def look(self, config: Mapping[str, ConfigValue]) -> None:
        """Look at the values, now that the configuration is known."""
        for role, tensor in self.seen.items():
            if tensor.is_complex():
                # Complex numbers are neither small nor large, and casting them warns.
                continue
            for name in self.contract.looks[role]:
                fact, facts = LOSS_FACTS.get(name), self.values.setdefault(role, {})
                try:
                    facts[name] = fact(role, self.seen, config) if fact else FACTS[name](tensor)
                except (RuntimeError, IndexError):
                    # What cannot be asked of this tensor (the rows of a scalar, the least complex number) is no fact.
                    continue

    def _read_list(self, role: str, value: Any) -> None:
        if isinstance(value, torch.Tensor) and value.ndim:
            value = tuple(value)
        if not isinstance(value, (tuple, list)):
            self.objects[role] = type(value).__name__
        for at, item in enumerate(value if isinstance(value, (tuple, list)) else ()):
            self.read(f"{role}[{at}]", item, is_first=True)

    def _read_group(self, group: Any, value: Any) -> None:
        if isinstance(value, (torch.Tensor, TensorRecord)):
            # Indexing does not tell a tuple of two from two things stacked, and torch indexes before it looks.
            self.objects[group_name(group)] = "one tensor"
            stacked = value if isinstance(value, TensorRecord) else record(group[0], value)
            if stacked.ndim and stacked.shape[0] >= len(group):
                for role in group:
                    self.inputs[role] = TensorRecord(role, stacked.shape[1:], stacked.dtype, stacked.device)
        elif not isinstance(value, (tuple, list)):
            self.objects[group_name(group)] = type(value).__name__
        else:
            for role, item in zip(group, value, strict=False):
                self.read(role, item)
            if len(value) > len(group) or all(item is None for item in value):
                self.objects[group_name(group)] = f"a {type(value).__name__} of {len(value)}"

    def _remember(self, role: str, value: Any) -> None:
        if not self.may_look or role not in self.contract.looks or not isinstance(value, torch.Tensor):
            return
        if value.numel() and value.device.type != "meta":
            self.seen[role] = value.detach()


def _bind(target: Target, contract: Contract, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str | int, Any]:
    """Arguments by position in the contract (modules) and by name (functions)."""
    if not isinstance(target, nn.Module):
        named: dict[str | int, Any] = {}
        named.update(inspect.signature(target).bind_partial(*args, **kwargs).arguments)
        return named
    signature = inspect.signature(vars(_home(target, contract)).get("forward", type(target).forward))
    bound = signature.bind_partial(target, *args, **kwargs).arguments
    names = list(signature.parameters)[1:]
    return {at: bound[name] for at, name in enumerate(names) if name in bound}


def _home(target: nn.Module, contract: Contract) -> type[nn.Module]:
    """The class that the contract was written for: the module's own, or one that it inherits from."""
    return next((kind for kind in type(target).__mro__ if qualified_name(kind) in contract.types), type(target))


def _attributes(target: Target, contract: Contract | None) -> list[tuple[str, Any]]:
    """What the contract reads of a module, where it has it."""
    if contract is None or not isinstance(target, nn.Module):
        return []
    found = ((name, _attribute(target, *name.partition(".")[::2])) for name in contract.reads)
    return [(name, value) for name, value in found if value is not _ABSENT]


# What an attribute is that is not there: one that is None is there (``reduction=None`` is a reduction, a wrong one).
_ABSENT = object()


def _attribute(module: nn.Module, name: str, part: str) -> Any:
    """One attribute. Read where it lies: a property (a parametrized weight) computes, and may change things."""
    if name in module._parameters:
        parameter = module._parameters[name]
        return parameter is not None if not part else _ABSENT if parameter is None else tuple(parameter.shape)
    if name in module._modules:
        inner = getattr(module._modules[name], part, _ABSENT)
        return True if isinstance(inner, nn.Parameter) else inner
    if name in module._buffers:
        return module._buffers[name]
    return _ABSENT if part else vars(module).get(name, vars(type(module)).get(name, _ABSENT))


def _autocast(device: str) -> str:
    kind = device.partition(":")[0]
    kind = "cpu" if kind == "meta" else kind
    return dtype_name(torch.get_autocast_dtype(kind)) if torch.is_autocast_enabled(kind) else ""


def _fused() -> tuple[str, ...]:
    """The dtypes that oneDNN takes: ``use_mkldnn`` in torch's ``aten/src/ATen/native/RNN.cpp``, and measured."""
    bfloat16 = ("bfloat16",) if _has_kernels("bf16") else ()
    float16 = ("float16",) if not torch.is_grad_enabled() and _has_kernels("fp16") else ()
    return ("float32", *bfloat16, *float16)


@cache
def _has_kernels(dtype: str) -> bool:
    """Whether this processor computes with such numbers."""
    try:
        return bool(getattr(torch.ops.mkldnn, f"_is_mkldnn_{dtype}_supported")())
    except (AttributeError, RuntimeError):
        return False  # a build without oneDNN


def _plain(value: Any) -> ConfigValue:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (tuple, list)) and all(isinstance(item, (int, float)) for item in value):
        return tuple(value)
    return dtype_name(value) if isinstance(value, torch.dtype) else type(value).__name__


def _with_role(value: TensorRecord, role: str) -> TensorRecord:
    return TensorRecord(role, value.shape, value.dtype, value.device, value.dims, value.rows, value.packing)


def _is_tensor(value: Any) -> bool:
    return isinstance(value, (torch.Tensor, PackedSequence, TensorRecord))


def _are_numbers(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(item, (int, float)) for item in value)
