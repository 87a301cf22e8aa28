"""Lets torch's meta kernels say what comes out of a layer: shapes and dtypes without a number being computed."""

from __future__ import annotations

import inspect
import warnings
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from shapecheck.capture.tensors import record, records
from shapecheck.contract import Call, Contract, Roles, flat_roles
from shapecheck.contracts._rules import CAST
from shapecheck.records import TensorRecord

_HOOKS = (
    *("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks"),
    *("_forward_hooks_with_kwargs", "_forward_hooks_always_called", "_forward_pre_hooks_with_kwargs"),
)


def outputs_of(module: nn.Module, contract: Contract, call: Call) -> tuple[TensorRecord, ...]:
    """Run a layer's forward on shapes alone.

    The layer itself is not called: a shell of it is, which shares its configuration but has parameters and buffers
    without data and no hooks, so that nothing of it can change.

    Args:
        module: The layer.
        contract: Its contract, which names inputs and outputs.
        call: The call, of which only shapes and dtypes are read.

    Raises:
        Exception: Whatever torch raises for such a call.
    """
    given = {role: _empty(record, call) for role, record in call.inputs.items()}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        result = _shell(module)(**_arguments(module, contract.arguments, {**call.config, **given}))
    if isinstance(result, torch.Tensor):
        found: tuple[TensorRecord, ...] = (record(flat_roles(contract.returns)[0], result),)
    else:
        found = records("output", result, contract.returns)
    device = next((seen.device for seen in call.inputs.values()), "cpu")
    dtypes = contract.dtypes(call)
    return tuple(replace(out, device=device, dtype=dtypes.get(out.role, out.dtype)) for out in found)


def _empty(seen: TensorRecord, call: Call) -> torch.Tensor:
    dtype = str(call.config.get("dtype", seen.dtype))
    # Autocast does not reach the meta kernels; the parameters' dtype stands for what both would be cast to.
    dtype = dtype if call.autocast and {dtype, seen.dtype} <= set(CAST) else seen.dtype
    return torch.empty(seen.shape, dtype=getattr(torch, dtype), device="meta")


def _arguments(module: nn.Module, roles: Roles, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of forward by keyword: a contract's roles stand in the order of its parameters."""
    names = list(inspect.signature(type(module).forward).parameters)[1:]
    pairs = zip(names, roles, strict=False)
    return {name: given[role] for name, role in pairs if isinstance(role, str) and role in given}


def _shell(module: nn.Module) -> nn.Module:
    """A module like this one that holds no data."""
    shell = object.__new__(type(module))
    shell.__dict__ = dict(module.__dict__)
    shell.__dict__["_parameters"] = {
        name: None if value is None else nn.Parameter(torch.empty_like(value, device="meta"), requires_grad=False)
        for name, value in module._parameters.items()
    }
    shell.__dict__["_buffers"] = {
        name: None if value is None else torch.empty_like(value, device="meta")
        for name, value in module._buffers.items()
    }
    shell.__dict__["_modules"] = {
        name: None if child is None else _shell(child) for name, child in module._modules.items()
    }
    shell.__dict__.update({name: OrderedDict() for name in _HOOKS if name in module.__dict__})
    return shell
