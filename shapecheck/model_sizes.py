"""Finds the sizes that a protocol leaves open and a model fixes: those that its layers were made with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import torch
from torch import Tensor, nn

from shapecheck.capture.configs import call_of, contract_of
from shapecheck.contract import Call, Contract, flat_roles
from shapecheck.dims import Bindings, Spec
from shapecheck.errors import ProtocolError
from shapecheck.protocol import LOSS, Protocol
from shapecheck.watcher import watch

# Counts of samples and steps are never the model's, whatever a layer would need to be content.
_FREE = ("batch_size", "seq_length")
# Sizes that no layer is made with, so that whose axis is whose can be told.
_UNUSUAL = 61


@dataclass(frozen=True, slots=True)
class ModelSizes:
    """What a model fixes.

    Args:
        sizes: Dim -> size.
        vocabulary: How many indices there are, for a model that begins with an embedding.
    """

    sizes: Mapping[str, int]
    vocabulary: int | None = None


def model_sizes(model: nn.Module, protocol: Protocol, batch_dim: str) -> ModelSizes:
    """Call a model once and read from its first layers what its input has to be.

    Args:
        model: A model of its own for this, which may be left in any state.
        protocol: What it promises; its first stage is the input.
        batch_dim: The dim that counts samples.

    Raises:
        ProtocolError: A dim is left open, the model does not take any size, and no layer says which one it wants.
    """
    first = protocol.stages[0]
    spec, known = first.parsed_spec, dict(protocol.sizes)
    free = (batch_dim, *_FREE)
    wanted = [dim for dim in spec.dims if dim not in known and dim not in free]
    drawn = _drawn(spec, known, free)
    shape = spec.shape(Bindings.of(drawn))
    if shape is None:
        # An axis without a name: drawing the batches says so.
        return ModelSizes({})
    calls = _Calls(model)
    inputs = torch.zeros(shape, dtype=torch.int64) if first.dtype == "int64" else torch.zeros(shape)
    crash = calls.run(inputs)
    found = {dim: size for dim in wanted if (size := calls.fixed(drawn[dim])) is not None}
    left = [dim for dim in wanted if dim not in found]
    if crash is not None and left:
        raise ProtocolError(
            f"{protocol.name!r} leaves {', '.join(left)} open, the model does not take any size there, and no layer "
            f"that has a contract says which it wants: give sizes={{{', '.join(f'{dim!r}: ...' for dim in left)}}}; "
            f"with {', '.join(f'{dim}={drawn[dim]}' for dim in left)} the model raised {type(crash).__name__}: {crash}"
        )
    known |= found
    return ModelSizes({**found, **_of_loss(model, protocol, known, free, first.dtype)}, calls.vocabulary)


def _drawn(spec: Spec, known: Mapping[str, int], free: tuple[str, ...]) -> dict[str, int]:
    """A size for every dim: small ones where any will do, unusual ones where the model may have its own."""
    small, unusual = count(2), count(_UNUSUAL, 6)
    taken = set(known.values())
    drawn = dict(known)
    for dim in spec.dims:
        if dim not in drawn:
            sizes = small if dim in free else unusual
            drawn[dim] = next(size for size in sizes if size not in taken)
    return drawn


def _of_loss(
    model: nn.Module, protocol: Protocol, known: Mapping[str, int], free: tuple[str, ...], dtype: str
) -> dict[str, int]:
    """The sizes that the loss's tensors have from the model's output: how many classes there are."""
    stages = [stage for stage in protocol.stages if stage.module == LOSS]
    wanted = {dim for stage in stages for dim in stage.parsed_spec.dims} - {*known, *free}
    spec = protocol.stages[0].parsed_spec
    shape = spec.shape(Bindings.of(_drawn(spec, known, free)))
    if not wanted or shape is None:
        return {}
    handle = watch(model, protocol=protocol, on_violation="record")
    with handle:
        crash = _Calls(model).run(torch.zeros(shape, dtype=torch.int64 if dtype == "int64" else torch.float32))
    if crash is not None:
        # It will raise in the first case too, and before any target is looked at.
        return dict.fromkeys(sorted(wanted), _UNUSUAL)
    return {dim: size for dim, size in handle.trace.sizes if dim in wanted}


class _Calls:
    """The calls of the layers that have a contract, in order, from one forward."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._seen: list[tuple[Contract, Call]] = []

    def run(self, inputs: Tensor) -> Exception | None:
        """Call the model; what it raised, or None."""
        handles = [
            module.register_forward_pre_hook(self._enter, with_kwargs=True)
            for module in self._model.modules()
            if contract_of(module) is not None
        ]
        was_training = self._model.training
        self._model.eval()
        try:
            with torch.no_grad():
                self._model(inputs)
        except Exception as error:
            return error
        finally:
            self._model.train(was_training)
            for handle in handles:
                handle.remove()
        return None

    def fixed(self, size: int) -> int | None:
        """What the first layer that saw an axis of this size was made with there."""
        for contract, call in self._seen:
            for axis, wanted in _bound_axes(contract, call):
                if axis == size:
                    return wanted
        return None

    @property
    def vocabulary(self) -> int | None:
        """How many indices the first embedding has."""
        sizes = (call.config.get("num_embeddings") for _, call in self._seen)
        return next((size for size in sizes if isinstance(size, int)), None)

    def _enter(self, module: nn.Module, args: Any, kwargs: Any) -> None:
        contract = contract_of(module)
        if contract is not None:
            self._seen.append((contract, call_of(module, args, kwargs, contract=contract)))


def _bound_axes(contract: Contract, call: Call) -> Iterator[tuple[int, int]]:
    """The size that an axis of a layer's input has, and the size that the layer was made with there."""
    role = flat_roles(contract.arguments)[0]
    record = call.inputs.get(role)
    form = next((form for form in contract.forms if form.when(call)), None) if record is not None else None
    if record is None or form is None or role not in form.inputs:
        return
    spec, bindings = Spec.parse(form.inputs[role]), contract.bind(call.config)
    at = spec.ellipsis_at
    if len(spec.axes) > record.ndim or (at is None and len(spec.axes) != record.ndim):
        return
    for index, axis in enumerate(spec.axes):
        place = index if at is None or index < at else record.ndim - len(spec.axes) + index
        size = bindings.evaluate(axis)
        if size is not None:
            yield record.shape[place], size
