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
from shapecheck.capture.recording.vocabulary import AXES_OF_ONE, CONVERTS, IMAGES, NOISE, ORDERS, TAKES_ROWS
from shapecheck.findings import Fix

_PASSES = CONVERTS | AXES_OF_ONE
# Nothing of what these read is in what they make, or it is in other rows.
_BREAKS = NOISE | IMAGES | ORDERS | {"flip", "roll", "msort", "dropout"}
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

    @property
    def is_shuffled(self) -> bool:
        """Whether a random order picked them, and not slices alone."""
        return any(type(item) is not str for item in self.order)


def paired(step: Step) -> Iterator[Sighting]:
    """Parts of the same samples that were shuffled apart, and meet row by row."""
    # The rows of a batch may be cut out of all targets only where they meet the predictions.
    refs = dict.fromkeys([*step.inputs, *step.targets, *step.compared])
    known = [made for made in (_picked(step, ref) for ref in refs) if made is not None]
    found = [made for made in known if made.is_shuffled]
    for one in found:
        for other in (made for made in known if not made.is_shuffled):
            if (
                one.ref in step.inputs
                and _is_left(step, one, other, known)
                and meet_row_by_row(step, one.ref, other.ref)
            ):
                yield _told_left(step, one, other)
                return
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


def _is_left(step: Step, one: Picked, other: Picked, known: list[Picked]) -> bool:
    """Whether these rows are cut out of the same samples as those, before these got their random order.

    Of the same samples is what was made of them, or what was given that very order as well and is read by nobody so.
    Who uses both as they were and in that order makes random pairs that were meant.
    """
    tape, orders = step.tape, [item for item in one.order if type(item) is not str]
    texts = tuple(item for item in one.order if type(item) is str)
    is_whole = len(orders) == 1 and isinstance(orders[0], tuple) and len(orders[0]) == 1
    if not is_whole or texts != other.order or tape.shape(one.whole)[:1] != tape.shape(other.whole)[:1]:
        return False
    if any(made.order != each.order for each in (one, other) for made in known if made.whole == each.whole):
        return False
    way = backwards(tape, other.ref, _PASSES | {"__getitem__", "split", "chunk"})
    rows = {ref for ref, _ in way if tape.shape(ref) == tape.shape(other.whole)}
    if any(made.is_shuffled and made.whole in rows for made in known):
        return False
    return bool(one.origins & other.origins) or _gets_order(tape, rows, orders[0])


def _gets_order(tape: Tape, rows: set[Ref], order: object) -> bool:
    picks = [node for node in tape.nodes if node.name in TAKES_ROWS and len(node.parents) == 2]
    return any(node.parents[0] in rows and _permutation(tape, node.parents[1]) == order for node in picks)


def _told_left(step: Step, one: Picked, other: Picked) -> Sighting:
    line = f" (line {one.node.spot.line})" if one.node.spot is not None else ""
    text = (
        f"the rows of {step.tape.shape(one.ref)} are those of {step.tape.shape(one.whole)[0]} samples in a random order"
        f"{line}, and the rows of {step.tape.shape(other.ref)} are cut out of what these samples had before they got "
        "it: row k of one is used with row k of the other"
    )
    return sighted("shuffled_apart", other.node, text, (Fix("the same order for both", (), "no"),))


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
        elif node.name in ("split", "chunk") and node.args[2:] in ((), (0,)) and not node.kwargs.get("dim"):
            order.append(f"{node.name}{node.args[1:2]}{at.out}")
            at = node.parents[0]
        elif node.name in _PASSES and node.parents:
            at = node.parents[0]
        else:
            break
    if where is None and order:
        cut, where = ref, tape.nodes[ref.node]
        return Picked(cut, at, tuple(order), frozenset(_origins(tape, at)), where) if where.spot is not None else None
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
        elif node.name not in _BREAKS:
            open_refs += node.parents


PROBE = Probe(
    "rows of the same samples come in the same order",
    lambda look: paired(look.step),
    of_samples=True,
)
