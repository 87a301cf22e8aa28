"""Rows that were picked out of the same samples in two random orders, and are held against each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.trials.separation import meet_row_by_row
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import AXES_OF_ONE, CONVERTS
from shapecheck.findings import Fix

_PASSES = CONVERTS | AXES_OF_ONE
_HOPS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Picked:
    """How the rows of a tensor were picked.

    Args:
        ref: The tensor.
        whole: What they were picked out of.
        order: The picks, a text for a slice; equal for two tensors whose rows belong together.
        origins: What the whole was cut out of, its rows left alone.
        node: Where.
    """

    ref: Ref
    whole: Ref
    order: tuple[object, ...]
    origins: frozenset[Ref]
    node: Node


def paired(step: Step) -> Iterator[Sighting]:
    """Parts of the same samples that were shuffled apart, and meet row by row."""
    # The rows of a batch may be cut out of all targets only where they meet the predictions.
    refs = dict.fromkeys([*step.inputs, *step.targets, *step.compared])
    found = [made for made in (_picked(step, ref) for ref in refs) if made is not None]
    for one in found:
        for other in found:
            if one.ref not in step.inputs or one.ref == other.ref or not _are_apart(step.tape, one, other, found):
                continue
            if meet_row_by_row(step, one.ref, other.ref):
                text = (
                    f"the rows of {step.tape.shape(one.ref)} and of {step.tape.shape(other.ref)} were picked out of "
                    f"the same {step.tape.shape(one.whole)[0]} samples in two random orders, and row k of one is used "
                    "with row k of the other"
                )
                fix = Fix("one dataset of pairs, or one permutation for both", (), "no")
                yield sighted("shuffled_apart", one.node, text, (fix,))
                return


def _are_apart(tape: Tape, one: Picked, other: Picked, found: list[Picked]) -> bool:
    """Whether two parts of the same samples come in different orders, and neither comes in the other's order too."""
    if one.order == other.order or one.whole == other.whole or not one.origins & other.origins:
        return False
    if tape.shape(one.whole)[0] != tape.shape(other.whole)[0]:
        return False
    pairs = list(zip(one.order, other.order, strict=False))
    if len(one.order) != len(other.order) or any(a != b for a, b in pairs if str in (type(a), type(b))):
        return False
    # Both wholes in both orders are random pairs that were meant, as of mixup.
    orders = {(item.whole, item.order) for item in found}
    return (one.whole, other.order) not in orders and (other.whole, one.order) not in orders


def _picked(step: Step, ref: Ref) -> Picked | None:
    tape = step.tape
    order: list[object] = []
    whole, at, hops = ref, ref, 0
    where: Node | None = None
    while hops < _HOPS:
        node = tape.nodes[at.node]
        hops += 1
        if node.name == "stack" and len(node.parents) > 1:
            picks = [_row_of(tape, parent) for parent in node.parents]
            wholes = {pick[0] for pick in picks if pick is not None}
            if None in picks or len(wholes) != 1:
                break
            order.append(tuple(pick[1] for pick in picks if pick is not None))
            where = where or node
            whole = at = wholes.pop()
        elif node.name in ("__getitem__", "index_select") and len(node.parents) == 2:
            made = _permutation(tape, node.parents[1])
            if made is None:
                break
            order.append(made)
            where = where or node
            whole = at = node.parents[0]
        elif node.name == "__getitem__" and len(node.args) > 1 and isinstance(node.args[1], slice):
            order.append(str(node.args[1]))
            at = node.parents[0]
        elif node.name in _PASSES and node.parents:
            at = node.parents[0]
        else:
            break
    if where is None or where.spot is None:
        return None
    return Picked(ref, whole, tuple(order), frozenset(_origins(tape, whole)), where)


def _row_of(tape: Tape, ref: Ref) -> tuple[Ref, int] | None:
    """Of which tensor an item is which row."""
    _, node = origin(tape, ref, _PASSES)
    is_row = node.name == "__getitem__" and len(node.args) > 1 and isinstance(node.args[1], int)
    return (node.parents[0], node.args[1]) if is_row else None


def _permutation(tape: Tape, ref: Ref) -> object | None:
    """The random order that an index was cut out of, and which piece of it."""
    *cuts, (_, made) = backwards(tape, ref, _PASSES | {"__getitem__", "split", "chunk"}, is_alone=True)
    return (made.index, *(f"{node.args[1:]}{at.out}" for at, node in cuts)) if made.name == "randperm" else None


def _origins(tape: Tape, ref: Ref) -> Iterator[Ref]:
    """All that a tensor was made of with the rows left where they were."""
    size, open_refs = tape.shape(ref)[0], [ref]
    seen: set[Ref] = set()
    while open_refs and len(seen) < 60:
        at = open_refs.pop()
        if at in seen or tape.shape(at)[:1] != (size,):
            continue
        seen.add(at)
        yield at
        node = tape.nodes[at.node]
        if node.name == "__getitem__" and len(node.args) > 1:
            index = node.args[1]
            first = index[0] if isinstance(index, tuple) and index else index
            open_refs += node.parents[:1] if first == slice(None) or first is Ellipsis else ()
        elif node.name not in ("randn", "rand", "arange", "zeros", "ones", "randint", "randperm"):
            open_refs += node.parents


PROBE = Probe(
    "rows of the same samples come in the same order",
    lambda look: paired(look.step),
    of_samples=True,
)
