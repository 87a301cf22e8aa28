"""Strategies for whole batches: what a model's protocol says goes in, and what its loss is compared with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

import torch
from hypothesis import strategies as st
from torch import Tensor

from shapecheck.dims import Bindings
from shapecheck.errors import ProtocolError, expect
from shapecheck.protocol import LOSS, Protocol, Stage
from shapecheck.strategies import tensors
from shapecheck.strategies.sizes import Coincidence, sizes


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What one step of training is given.

    Args:
        input: The model's input.
        target: What the loss compares with; None if the protocol has no stage for it.
        sizes: The sizes of the dims.
        violation: What is wrong with it; empty if it is right.
    """

    input: Tensor
    target: Tensor | None
    sizes: Mapping[str, int]
    violation: str = ""

    def __repr__(self) -> str:
        known = ", ".join(f"{dim}={size}" for dim, size in self.sizes.items())
        wrong = f", wrong: {self.violation}" if self.violation else ""
        target = "" if self.target is None else f", target {tuple(self.target.shape)}"
        return f"<Batch of input {tuple(self.input.shape)}{target}, {known}{wrong}>"


_USUAL = "Protocol.documented() makes the usual one"


@st.composite
def batches(
    draw: st.DrawFn,
    protocol: Protocol,
    *,
    fixed: Mapping[str, int] | None = None,
    vocabulary: int | None = None,
    coincidences: Collection[Coincidence] = (),
) -> Batch:
    """Batches that follow a protocol: its first stage is the model's input, its stage at ``loss.target`` the target.

    Args:
        draw: Given by Hypothesis.
        protocol: The protocol.
        fixed: Dims whose size is fixed beside those of the protocol.
        vocabulary: For inputs that are indices: how many there are. The first stage must have dtype ``"int64"``.
        coincidences: Sizes to allow beyond pairwise different ones, as in `sizes`; never an empty sequence.

    Raises:
        ProtocolError: The protocol has no stage, an axis has no name, or a tensor holds indices and nothing says how
            many there are.
    """
    expect("protocol", protocol, Protocol, "a Protocol", _USUAL, by="batches")
    if not protocol.stages:
        raise ProtocolError(f"{protocol.name!r} has no stage, so nothing says what goes into the model")
    known = {**protocol.sizes, **(fixed or {})}
    first, target = protocol.stages[0], _target(protocol)
    open_dims = [dim for dim in _drawn_dims(first, target) if dim not in known]
    taken = set() if coincidences else set(known.values())
    free = sizes(len(open_dims), max_size=len(open_dims) + len(taken) + 6, coincidences=coincidences).filter(
        lambda drawn: (
            not taken & set(drawn)
            and all(size > 0 or dim == "batch_size" for dim, size in zip(open_dims, drawn, strict=True))
        )
    )
    known = {**known, **dict(zip(open_dims, draw(free), strict=True))}
    classes = None if target is None else _classes(protocol, known)
    return Batch(
        input=draw(_tensor(first, known, vocabulary, "vocabulary=...")),
        target=None if target is None else draw(_tensor(target, known, classes, "the sizes of the protocol")),
        sizes=known,
    )


@st.composite
def invalid_batches(
    draw: st.DrawFn,
    protocol: Protocol,
    *,
    fixed: Mapping[str, int] | None = None,
    vocabulary: int | None = None,
) -> Batch:
    """Batches of which exactly one thing is wrong; the batch's ``violation`` names it.

    The input has its first axes exchanged or its last one gone; the target has an axis too many, an entry too few, or
    is a one-hot or floats where labels are wanted.
    """
    expect("protocol", protocol, Protocol, "a Protocol", _USUAL, by="invalid_batches")
    batch = draw(batches(protocol, fixed=fixed, vocabulary=vocabulary))
    target = _target(protocol)
    names = [name for name in _INPUT if batch.input.ndim >= 2]
    if batch.target is not None:
        names += ["target with extra axis", "target too short"]
        names += ["one-hot target", "float target"] if target is not None and target.dtype == "int64" else []
    violation = draw(st.sampled_from(names))
    if violation in _INPUT:
        return replace(batch, input=_INPUT[violation](batch.input), violation=violation)
    classes = _classes(protocol, batch.sizes)
    assert batch.target is not None
    return replace(batch, target=_break_target(violation, batch.target, classes), violation=violation)


_INPUT: Mapping[str, Callable[[Tensor], Tensor]] = {
    "swapped axes": lambda x: x.transpose(0, 1),
    "missing last axis": lambda x: x[..., 0],
}


def _break_target(violation: str, target: Tensor, classes: int | None) -> Tensor:
    if violation == "target with extra axis":
        return target.unsqueeze(-1)
    if violation == "target too short":
        return target[:-1]
    return torch.nn.functional.one_hot(target, classes or -1) if violation == "one-hot target" else target.float()


def _target(protocol: Protocol) -> Stage | None:
    return next((stage for stage in protocol.stages if stage.at == f"{LOSS}.target"), None)


def _drawn_dims(*stages: Stage | None) -> list[str]:
    return list(dict.fromkeys(dim for stage in stages if stage for dim in stage.parsed_spec.dims))


def _tensor(stage: Stage, known: Mapping[str, int], high: int | None, by: str) -> st.SearchStrategy[Tensor]:
    shape = stage.parsed_spec.shape(Bindings.of(known))
    if shape is None:
        raise ProtocolError(f"stage {stage.name!r} leaves an axis open: {stage.spec!r} does not say its size")
    if stage.dtype != "int64":
        return tensors.floats(shape)
    if high is None:
        raise ProtocolError(f"stage {stage.name!r} holds indices: say how many there are in {by}")
    return tensors.integers(shape, 0, high)


def _classes(protocol: Protocol, known: Mapping[str, int]) -> int | None:
    """The number of classes: the last axis of what the loss is given, where the protocol says it."""
    scores = next((stage for stage in protocol.stages if stage.at == f"{LOSS}.input"), None)
    return Bindings.of(known).evaluate(scores.parsed_spec.axes[-1]) if scores and scores.parsed_spec.axes else None
