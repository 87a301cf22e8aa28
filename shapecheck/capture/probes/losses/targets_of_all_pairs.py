"""Targets that were made of a column and a row of data, number by number: each has met all others, not its own."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.tensors.scales import meets_scale
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ARITHMETIC, CONVERTS, DIFFERENCES, DISTANCES, JOINS
from shapecheck.findings import Fix

_HELD_AGAINST = DISTANCES | DIFFERENCES
_EACH = ARITHMETIC | CONVERTS | {"where", "clamp", "neg"}
_HOPS = 200


def targets_of_all_pairs(look: Look) -> Iterator[Sighting]:
    """``reward.unsqueeze(0) + 0.99 * ret`` of a column ``ret``, for which a critic has one value in each row.

    A table that is as wide as it is high, held against a column: of a table of pairs that was meant each row would
    have been asked for as a whole. A row of places that were laid out evenly belongs to no samples, and is meant.
    """
    step = look.step
    for node in step.all_of_loss:
        if node.name not in _HELD_AGAINST or len(node.parents) < 2:
            continue
        for given, target in (node.parents[:2], node.parents[1::-1]):
            one, many = step.tape.shape(given), step.tape.shape(target)
            if (
                given not in step.learned
                or target in step.learned
                or len(one) != 2
                or one[1] != 1
                or many[:1] != one[:1]
            ):
                continue
            met = _met(step, target) if len(many) == 2 and many[1] > 1 else None
            if met is not None:
                size = met.shapes[0][0]
                text = (
                    f"a column and a row of {size} numbers spread to {(size, size)} here, and each prediction of "
                    f"{one} is held against a whole row of what is made of it: against {many[1]} numbers, not its own"
                )
                fix = Fix("the row as a column: unsqueeze(-1)", (), "no")
                yield sighted("many_targets_for_one", met, text, (fix,))
                return


def _met(step: Step, target: Ref) -> Node | None:
    """Where a column and a row of data came to be a table that a target was made of; the first one."""
    found: Node | None = None
    open_refs, seen = [target], set[Ref]()
    while open_refs and len(seen) < _HOPS:
        ref = open_refs.pop()
        node = step.node(ref.node)
        if ref in seen or node.name not in _EACH | JOINS:
            continue
        seen.add(ref)
        shapes = [step.tape.shape(parent) for parent in node.parents]
        open_refs += [
            parent
            for parent, shape in zip(node.parents, shapes, strict=True)
            if node.name in JOINS or shape == node.shapes[0]
        ]
        size = node.shapes[0][0] if len(node.shapes[0]) == 2 else 0
        is_table = size > 1 and len(shapes) == 2 and (size, 1) in shapes and {*shapes} & {(1, size), (size,)} != set()
        if (
            is_table
            and not meets_scale(step, node)
            and node.spot is not None
            and (found is None or node.index < found.index)
        ):
            found = node
    return found


PROBE = Probe(
    "no target was made of a column and a row",
    targets_of_all_pairs,
    needs_no_run=True,
    turn=Turn.LAST,
)
