"""The door `predict`: what a layer will do with its inputs, before it is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from torch import nn

from shapecheck.capture.configs import call_of, contract_of, qualified_name, seen_through
from shapecheck.capture.meta import outputs_of
from shapecheck.check import check_call, completed, located
from shapecheck.contract import Call, Contract
from shapecheck.errors import NoContractError, expect
from shapecheck.findings import Violation
from shapecheck.records import CallRecord

# By way of `render`, which teaches it to show itself.
from shapecheck.render import Outcome


def predict(target: nn.Module | Callable[..., Any], /, *inputs: Any, **kwargs: Any) -> Outcome:
    """Say whether a layer, loss or function takes these inputs, why not, and what comes back.

    Nothing is computed: shapes and dtypes decide, and values only where torch looks at them too (class indices,
    lengths) and they are at hand.

    Args:
        target: A module with a contract, or a function with one (``pack_padded_sequence``).
        inputs: What it would be called with: tensors, meta tensors, or `shapecheck.TensorRecord` in their stead.
        kwargs: Keyword arguments of the call.

    Returns:
        The outcome: accepted or not, the violations with their reasons, records of the outputs, and hazards.

    Raises:
        TypeError: The target is the class of a layer, not a layer, or cannot be called.
        NoContractError: Nobody wrote a contract for this layer; nothing is guessed.

    >>> import torch
    >>> outcome = predict(torch.nn.LSTM(1, 100, num_layers=2, batch_first=True), torch.randn(32, 7, 1))
    >>> [(record.role, record.shape) for record in outcome.outputs]
    [('output', (32, 7, 100)), ('h_n', (2, 32, 100)), ('c_n', (2, 32, 100))]
    >>> predict(torch.nn.Linear(100, 1), torch.randn(32, 7)).violations[0].reason[:48]
    'a Linear mixes the numbers along the last axis a'
    """
    if isinstance(target, type) and issubclass(target, nn.Module):
        expect("target", target, nn.Module, _TARGETS, by="predict")
    expect("target", target, Callable, _TARGETS, by="predict")  # type: ignore[arg-type]
    target = seen_through(target)
    contract = contract_of(target)
    if contract is None:
        has_layers = isinstance(target, nn.Module) and next(target.children(), None) is not None
        raise NoContractError(qualified_name(target), has_layers)
    call = call_of(target, inputs, kwargs, contract=contract, values=True)
    outcome = _without_shapes(check_call(contract, call), inputs)
    if outcome.accepted and contract.computed and isinstance(target, nn.Module):
        outcome = _computed(target, contract, call, outcome)
    config = target.extra_repr() if isinstance(target, nn.Module) else ""
    kind = str(call.config.get("type", contract.name))
    return located(outcome, CallRecord("", kind, config, tuple(call.inputs.values()), training=call.training))


_TARGETS = "a layer, a loss or a function"


def _without_shapes(outcome: Outcome, inputs: tuple[Any, ...]) -> Outcome:
    """The outcome; where a shape was given for the tensor of that shape, with the tensor to give."""
    first = inputs[0] if inputs else None
    is_shape = isinstance(first, tuple | list) and bool(first) and all(type(size) is int for size in first)
    if outcome.accepted or not is_shape or outcome.violations[0].kind != "type":
        return outcome
    reason = f"this is a shape, and a tensor is taken: pass torch.empty({', '.join(map(str, first or ()))})"
    return replace(outcome, violations=(replace(outcome.violations[0], reason=reason), *outcome.violations[1:]))


def _computed(module: nn.Module, contract: Contract, call: Call, outcome: Outcome) -> Outcome:
    """Ask torch's meta kernels what comes out; what they refuse, the layer refuses."""
    try:
        return completed(contract, outcome, outputs_of(module, contract, call))
    except Exception as error:
        first = next(iter(call.inputs.values()))
        refused = Violation("size", first.role, got=first.shape, reason=f"torch says: {str(error).splitlines()[0]}")
        return Outcome(False, outcome.form, violations=(refused,), bindings=outcome.bindings, names=outcome.names)
