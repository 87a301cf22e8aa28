"""Which tensors the numbers of one were moved from: through slices, joins and what is written into a part."""

from __future__ import annotations

from math import prod

import torch
from torch import Tensor

from shapecheck.capture.recording.arguments import replaced
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, tensors_in
from shapecheck.capture.recording.vocabulary import SAME_NUMBERS

_JOINS = frozenset(["cat", "stack", "hstack", "vstack", "dstack", "column_stack"])
_MOVES = (SAME_NUMBERS - _JOINS) | frozenset(["split", "chunk", "unbind", "tensor_split", "hsplit", "expand"])
_HOPS = 30
_MOST = 4_000_000


def parts_of(step: Step, ref: Ref) -> tuple[Ref, ...]:
    """The tensors that hold the numbers of one where they were made; itself, where it only was made there.

    Each of them gets a number of its own, and these numbers are moved in their place: what arrives says which arrived.
    """
    found: list[Ref] = []
    try:
        numbers = _numbered(step, ref, found, {}, _HOPS)
    except Exception:
        # Such a move was not meant for other numbers; then nothing is known but where it happened.
        return (ref,)
    arrived = numbers.unique().tolist()  # type: ignore[no-untyped-call]
    return tuple(part for at, part in enumerate(found) if at in arrived)


def is_joined(step: Step, ref: Ref) -> bool:
    """Whether a tensor, or what it was cut out of, was put together of several."""
    for _ in range(_HOPS):
        node = step.node(ref.node)
        moved = () if step.is_leaf(ref) else _moved(node)
        if len(moved) != 1:
            return len(moved) > 1
        ref = moved[0]
    return False


def _numbered(step: Step, ref: Ref, found: list[Ref], known: dict[Ref, Tensor], hops: int) -> Tensor:
    if ref in known:
        return known[ref]
    node = step.node(ref.node)
    moved = () if step.is_leaf(ref) or not hops else _moved(node)
    if not moved or sum(prod(step.tape.shape(part)) for part in moved) > _MOST:
        known[ref] = torch.full(step.tape.shape(ref), len(found))
        found.append(ref)
        return known[ref]
    numbers = {part: _numbered(step, part, found, known, hops - 1) for part in moved}
    if node.name == "dropout":
        known[ref] = numbers[moved[0]]
        return known[ref]
    args, kwargs = replaced(
        (node.args, node.kwargs), lambda part: numbers[part] if part in numbers else step.value(part)
    )
    args = (args[0].clone(), *args[1:]) if node.is_in_place else args
    assert node.function is not None
    result = node.function(*args, **kwargs)
    known[ref] = args[0] if node.is_in_place else list(tensors_in(result))[ref.out].long()
    return known[ref]


def _moved(node: Node) -> tuple[Ref, ...]:
    """What of the tensors that a node reads it only moves."""
    if node.name in _JOINS:
        return node.parents
    if node.name == "__setitem__":
        return tuple(part for part in (node.args[0], node.args[2]) if isinstance(part, Ref))
    if node.name not in _MOVES or (node.name == "to" and not node.dtypes[0].is_floating_point):
        return ()
    first = node.args[0] if node.args else node.kwargs.get("input")
    return (first,) if isinstance(first, Ref) else ()
