"""Two rows that stand against each other number by number, where each got an axis to make a table of all pairs."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, other_axis, sighted
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.tape import Node, Tape
from shapecheck.capture.recording.vocabulary import COMPARES, EQUALS
from shapecheck.findings import Edit, Fix

_HOLDS = COMPARES | EQUALS | {"sub"}


def rows_against_rows(look: Look) -> Iterator[Sighting]:
    """``target[:, None, :] - theta[:, None, :]``: who gives both an axis in one expression means a table.

    The new axes lie in one place, so that each number meets one other. The new axis of what comes out is then as good
    as none, unless something else spreads along it: that was to meet a table.
    """
    step, tape = look.step, look.step.tape
    first = tape.evaluated_from if look.before is None else min(step.first, look.before.last)
    for node in tape.nodes[first : step.last]:
        if node.name not in _HOLDS or len(node.parents) != 2 or node.spot is None:
            continue
        made = [tape.nodes[ref.node] for ref in node.parents]
        axes = [_new_axis(tape, one) for one in made]
        if axes[0] is None or axes[0] != axes[1] or made[0].parents[0] == made[1].parents[0]:
            continue
        if not all(_is_within(one, node) for one in made):
            continue
        shapes = [tape.shape(one.parents[0]) for one in made]
        if shapes[0] != shapes[1] or len(shapes[0]) > 2 or shapes[0][-1] < 2 or axes[0] < len(shapes[0]) - 1:
            continue
        if not _is_spread(tape, step.last, node, axes[0]):
            continue
        wanted = len(shapes[0])
        text = (
            f"both sides of {node.name} are {shapes[0]} and got their new axis in one place: {node.shapes[0]} has each "
            "number of the one beside one of the other, and what it meets then is spread along that axis"
        )
        fix = Fix(f"the new axis of one of both as axis {wanted}", _edits(made[1], axes[0], wanted), "no")
        yield sighted("rows_against_rows", node, text, (fix,))
        return


def _is_within(made: Node, node: Node) -> bool:
    """Whether it is written within the expression of another operation."""
    if made.spot is None or node.spot is None or made.spot.code is not node.spot.code:
        return False
    return node.spot.span.line <= made.spot.line <= node.spot.span.end_line


def _new_axis(tape: Tape, node: Node) -> int | None:
    """Where an operation gives a tensor one axis more, and changes nothing else."""
    if not node.parents or len(node.parents) > 1 or len(node.shapes[0]) != len(tape.shape(node.parents[0])) + 1:
        return None
    if node.name == "unsqueeze":
        given = node.argument(1, "dim")
        return given % len(node.shapes[0]) if isinstance(given, int) else None
    if node.name != "__getitem__" or not all(part is None or part == slice(None) for part in node.index_parts):
        return None
    parts = [*node.index_parts]
    return parts.index(None) if parts.count(None) == 1 else None


def _is_spread(tape: Tape, last: int, node: Node, axis: int) -> bool:
    """Whether something of as many items as the axis beside it has is spread along the new axis."""
    reached, shape = {node.ref}, node.shapes[0]
    for other in tape.nodes[node.index + 1 : last]:
        if not reached.intersection(other.parents) or not other.shapes or len(other.shapes[0]) != len(shape):
            continue
        if other.shapes[0] == shape:
            reached.add(other.ref)
        elif other.shapes[0][axis] == shape[-1]:
            return True
    return False


def _edits(node: Node, old: int, new: int) -> tuple[Edit, ...]:
    if node.name == "unsqueeze":
        return other_axis(node, new)
    found = node_at(node, ast.Subscript)
    if not isinstance(found, ast.Subscript) or node.spot is None:
        return ()
    text = ", ".join([":"] * new + ["None"])
    return replaced_text(node.spot.code.co_filename, found, f"{ast.unparse(found.value)}[{text}]")


PROBE = Probe(
    "what was to meet in pairs makes a table",
    rows_against_rows,
    needs_no_run=True,
    turn=Turn.LAST,
)
