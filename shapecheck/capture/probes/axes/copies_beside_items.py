"""Copies that were laid along one axis and meet as many items along another: what comes out is the same n times."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.rows.copies import REPEATS
from shapecheck.capture.instruments.trials.separation import difference
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, replaced_call, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.replay import unchanged
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import ARITHMETIC
from shapecheck.findings import Fix
from shapecheck.reading.vocabulary import FUNCTIONAL


def copies_beside_items(step: Step) -> Iterator[Sighting]:
    """``x.unsqueeze(1).repeat(1, 1, n, 1)`` beside ``(batch_size, n, 1, width)``: a table of items and of copies.

    The copies were made for the items, of which there are as many, and lie along another axis. There nothing else ever
    tells one copy from the next, so that all that comes out stands there n times.
    """
    for made in step.of_loss:
        if made.name not in REPEATS or made.spot is None or len(made.parents) != 1:
            continue
        axis = _axis_of_copies(step, made)
        met = _met(step, made, axis) if axis is not None else None
        if axis is None or met is None or _are_told_apart(step, made, axis):
            continue
        if _makes_a_difference(step, made):
            yield _told(step, made, axis, *met)
            return


def _axis_of_copies(step: Step, made: Node) -> int | None:
    """The one axis along which copies of one item lie."""
    before, after = step.tape.shape(made.parents[0]), made.shapes[0]
    if len(before) != len(after):
        return None
    axes = [at for at, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
    return axes[0] if len(axes) == 1 and before[axes[0]] == 1 else None


def _met(step: Step, made: Node, axis: int) -> tuple[Node, int] | None:
    """What holds as many items against the copies along another axis, where it has only one along theirs."""
    shape = made.shapes[0]
    for reader in step.readers(made):
        if reader.name not in ARITHMETIC or len(reader.parents) != 2 or reader.index not in step.to_loss:
            continue
        other = next((ref for ref in reader.parents if ref != made.ref), None)
        sizes = step.tape.shape(other) if other is not None else ()
        if len(sizes) != len(shape) or sizes[axis] != 1:
            continue
        beside = [at for at, size in enumerate(sizes) if size > shape[at] == 1]
        if len(beside) == 1 and sizes[beside[0]] == shape[axis]:
            return reader, beside[0]
    return None


def _are_told_apart(step: Step, made: Node, axis: int) -> bool:
    """Whether anything else has items of its own along the axis of the copies, or they are not followed so far."""
    reached, ndim, size = {made.ref}, len(made.shapes[0]), made.shapes[0][axis]
    for index in sorted(step.to_loss):
        node = step.node(index)
        if index <= made.index or reached.isdisjoint(node.parents) or not node.shapes:
            continue
        others = [step.tape.shape(ref) for ref in node.parents if ref not in reached]
        if any(len(sizes) + axis - ndim >= 0 and sizes[len(sizes) + axis - ndim] > 1 for sizes in others):
            return True
        shape = node.shapes[0]
        if len(shape) == ndim and shape[axis] == size:
            reached.update(node.outs)
    return False


def _makes_a_difference(step: Step, made: Node) -> bool:
    """Whether the loss is another one without the copies: the mean of numbers that all stand there n times is not."""
    try:
        with_copies, without = step.run(), step.run_with({made.index: unchanged})
    except Exception:
        # What does not run without them asks for them.
        return False
    for term in step.terms:
        one, other = with_copies.get(term.ref), without.get(term.ref)
        if one is None or other is None:
            continue
        if one.shape == other.shape:
            if bool(difference(one, other).any()):
                return True
        elif step.node(term.node).name == "sum" or step.node(term.node).kwargs.get("reduction") == "sum":
            return True
    return False


def _told(step: Step, made: Node, axis: int, met: Node, beside: int) -> Sighting:
    shape, size = made.shapes[0], made.shapes[0][axis]
    shapes = " and ".join(str(step.tape.shape(ref)) for ref in met.parents)
    line = f" in line {met.spot.line}" if met.spot is not None else ""
    text = (
        f"{made.name} lays {size} copies along axis {axis} of {shape}; then {shapes} meet{line}, where as many "
        f"items lie along axis {beside}. What comes out is {met.shapes[0]}: along axis {axis} it is the "
        f"same {size} times, and whatever adds it up counts each of them"
    )
    call = call_at(made)
    given = call.func.value if call is not None and isinstance(call.func, ast.Attribute) else None
    is_method = given is not None and ast.unparse(given) not in FUNCTIONAL
    edits = replaced_call(made, ast.unparse(given)) if given is not None and is_method else ()
    fix = Fix(f"without the {made.name}, or along axis {beside}", edits, "call", "each item meets one copy")
    return sighted("copies_beside_items", made, text, (fix,))


PROBE = Probe(
    "copies lie along the axis of the items that they are held against",
    lambda look: copies_beside_items(look.step),
    turn=Turn.LAST,
)
