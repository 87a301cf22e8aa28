"""What a layer takes each axis of its tensors for, by its contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from shapecheck.capture.configs import call_of, contract_of
from shapecheck.dims import Spec


def axes_taken(module: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Role -> teaching name of each axis, for layers that can be told where the batch is; empty for all others.

    >>> import torch
    >>> axes_taken(nn.LSTM(1, 5), (torch.zeros(7, 4, 1),), {})["input"]
    ('seq_length', 'batch_size', 'num_features')
    """
    contract = contract_of(module)
    if contract is None or not any(name.rpartition(".")[2] == "batch_first" for name in contract.reads):
        return {}
    call = call_of(module, args, kwargs, contract=contract)
    first = next(iter(contract.arguments))
    form = next((form for form in contract.forms if form.when(call)), None) if first in call.inputs else None
    if form is None:
        return {}
    names = {**contract.teaching, **contract.aliases(call.config)}
    return {role: _named(spec, names) for role, spec in (*form.inputs.items(), *form.outputs.items())}


def _named(text: str, names: Mapping[str, str]) -> tuple[str, ...]:
    axes = Spec.parse(text).axes
    return tuple("*".join(names.get(str(factor), str(factor)) for factor in axis.factors) for axis in axes)
