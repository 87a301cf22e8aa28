"""Sequences into which a measure puts the token that asks, while the answer is read at another step than there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import refs_above
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Fix

_SPREADS = frozenset(["view", "reshape", "expand", "repeat", "unsqueeze", "to", "long", "contiguous", "clone"])
# A base, such as the lengths of all rows, and how many steps are added to it; a number alone has no base.
Place = tuple[Ref | None, int]


def asked_beside_mask(step: Step) -> Iterator[Sighting]:
    """``seq[rows, lengths] = MASK`` and ``out.gather(1, lengths - 1)``: what is read is not what was asked.

    That a token asks is said by the training: its loss reads the outputs where that token was put. A step that the
    training reads as well, whatever was put there, answers for itself, and who reads several looks at what a token
    does to others.
    """
    tape = step.tape
    tokens = {token for node in tape.nodes[: step.last] if (token := _asks(step, node)) is not None}
    if not tokens:
        return
    for node in tape.nodes[: step.last]:
        put = _put(step, node) if not node.graded and node.name == "__setitem__" else None
        if put is None or node.args[-1] not in tokens:
            continue
        reads = [(other, at) for other, at in _reads(step, node) if at[0] == put[0]]
        places = {at for _, at in reads}
        if len(places) == 1 and put not in places and places.isdisjoint(_trained(step)):
            far = reads[0][1][1] - put[1]
            text = (
                f"a token is put into each sequence, and the model was trained to answer where it stands; the answer "
                f"is read {abs(far)} step{'s' * (abs(far) > 1)} {'behind' if far > 0 else 'in front of'} it"
            )
            fix = Fix("read the output at the step where the token was put", (), "no")
            yield sighted("answer_read_elsewhere", _reckoned(step, reads[0][0]), text, (fix,))
            return


def _asks(step: Step, node: Node) -> int | None:
    """The token that training puts where a loss reads the output: by one and the same choice of places."""
    place = {"masked_fill": 1, "__setitem__": 1}.get(node.name)
    token = node.args[-1] if place is not None and len(node.args) == 3 else None
    chosen = node.args[place] if place is not None and len(node.args) == 3 else None
    if type(token) is not int or not isinstance(chosen, Ref) or step.tape.dtype(chosen).is_floating_point:
        return None
    if node.dtypes[:1] != () and node.dtypes[0].is_floating_point:
        return None
    readers = [
        other
        for other in step.tape.nodes[node.index + 1 : node.index + 2_000]
        if other.name == "__getitem__" and other.graded and other.args[1] == chosen and len(other.parents) == 2
    ]
    is_read = any(step.tape.dtype(other.parents[0]).is_floating_point for other in readers)
    return token if is_read else None


def _trained(step: Step) -> set[Place]:
    """The steps of each row that are read of the outputs in training."""
    reads = [
        (node, node.index_parts[1])
        for node in step.tape.nodes[: step.last]
        if node.name == "__getitem__" and node.graded and len(node.index_parts) >= 2
    ]
    shapes = [step.tape.shape(node.parents[0]) for node, _ in reads]
    return {
        (None, part % shape[1])
        for (_, part), shape in zip(reads, shapes, strict=True)
        if type(part) is int and len(shape) == 3
    }


def _put(step: Step, node: Node) -> Place | None:
    """At which step of each row one number is put."""
    parts = node.index_parts
    if len(parts) != 2 or type(node.args[-1]) is not int or len(node.shapes[0]) != 2:
        return None
    is_each = parts[0] == slice(None) if isinstance(parts[0], slice) else isinstance(parts[0], Ref)
    return _place(step, parts[1], node.shapes[0][1]) if is_each else None


def _reads(step: Step, put: Node) -> Iterator[tuple[Node, Place]]:
    """What takes one step of each row out of what was made of these sequences."""
    rows, size = put.shapes[0]
    for node in step.tape.nodes[put.index + 1 : step.last]:
        if node.name not in ("gather", "__getitem__") or node.graded or not node.parents:
            continue
        shape = step.tape.shape(node.parents[0])
        if (
            len(shape) != 3
            or shape[:2] != (rows, size)
            or put.ref not in refs_above(step.tape, node.parents[0], put.index)
        ):
            continue
        given: Any = None
        if node.name == "gather" and node.argument(1, "dim") == 1:
            given = node.argument(2, "index")
        elif node.name == "__getitem__" and len(node.index_parts) == 2 and isinstance(node.index_parts[1], Ref | int):
            given = node.index_parts[1]
        place = _place(step, given, size)
        if place is not None:
            yield node, place


def _reckoned(step: Step, read: Node) -> Node:
    """The operation that reckons by how many steps a reading is off its base, if it stands in the same function."""
    given = read.argument(2, "index") if read.name == "gather" else read.index_parts[1]
    for _, node in backwards(step.tape, given, _SPREADS | {"add", "sub"}) if isinstance(given, Ref) else ():
        is_here = node.spot is not None and read.spot is not None and node.spot.code is read.spot.code
        if node.name in ("add", "sub") and len(node.parents) == 1 and is_here:
            return node
    return read


def _place(step: Step, given: Any, size: int) -> Place | None:
    if type(given) is int:
        return None, given % size
    far = 0
    while isinstance(given, Ref):
        node = step.node(given.node)
        by = node.args[1] if len(node.args) == 2 else None
        if node.name in ("add", "sub") and type(by) is int and len(node.parents) == 1:
            far += by if node.name == "add" else -by
        elif node.name not in _SPREADS and not (node.name == "__getitem__" and len(node.parents) == 1):
            return given, far
        if not node.parents:
            return given, far
        given = node.parents[0]
    return None


PROBE = Probe(
    "an answer is read where the token stands that asks for it",
    lambda look: asked_beside_mask(look.step),
    needs_no_run=True,
    in_evaluation=True,
)
