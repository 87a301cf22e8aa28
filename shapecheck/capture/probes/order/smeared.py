"""Does each place of the batch hold one of the items that were put together for it?"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.rows.recuts import RESHAPES
from shapecheck.capture.instruments.rows.smeared import Smeared
from shapecheck.capture.instruments.trials.sighting import (
    Sighting,
    call_at,
    exchanged,
    replaced_call,
    sighted,
    turned_before,
)
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Edit, Fix


def cut_up(look: Look) -> Iterator[Sighting]:
    """``torch.stack(windows).view(steps, samples)``: the sizes are those of a turned tensor, and nothing was turned."""
    step = look.step
    for seen in look.smeared:
        given, out = step.tape.shape(seen.node.parents[0]), seen.node.shapes[0]
        text = (
            f"{seen.count} items were put together, and the reshape from {given} to {out} cuts them up: by the probe "
            f"axis {seen.axis} of {step.tape.shape(seen.source)} holds the samples, and in each of its {seen.count} "
            "places lie pieces of several items"
        )
        title, edits = _change(step, seen)
        fix = Fix(title, edits, "call", "each item has a place of its own")
        yield sighted("reshaped_instead_of_permuted", seen.node, text, (fix,))


def _change(step: Step, seen: Smeared) -> tuple[str, tuple[Edit, ...]]:
    at = seen.meant.new
    each = [
        turned_before(node, _order(step, node, at)) if isinstance(at, tuple) else _exchanged_and_turned(node, at or 0)
        for node in (seen.node, *seen.alike)
    ]
    lines = [edit.line for edits in each for edit in edits]
    edits = tuple(edit for edits in each for edit in edits) if len(set(lines)) == len(lines) else each[0]
    # Rows of targets are compared as they then lie.
    is_read = any(seen.source in (source, *_made_of(step, source)) for source in step.inputs)
    back = _flattened_again(step, seen.node) if at == 0 and is_read else None
    if back is None:
        return seen.meant.title, edits
    # What was cut into rows is laid out as rows again, and must come in the order that it had.
    returned = _turned_back(back)
    title = f"{seen.meant.title}, and transpose(0, 1) before the reshape that lays it out again"
    is_apart = all(one.line != other.line for one in edits for other in returned)
    return title, (*edits, *returned) if edits and returned and is_apart else ()


def _made_of(step: Step, source: Ref) -> set[Ref]:
    return {Ref(index) for index in descendants(step.tape, {source}, step.order)}


def _order(step: Step, node: Node, order: tuple[int, ...]) -> tuple[int, ...]:
    """The same order of the axes for a tensor that has fewer or more of them behind."""
    ndim = len(step.tape.shape(node.parents[0]))
    found = (*order, *range(len(order), ndim))[:ndim]
    return found if sorted(found) == list(range(ndim)) else ()


def _exchanged_and_turned(node: Node, at: int) -> tuple[Edit, ...]:
    return exchanged(node, at, f".transpose({at}, {at + 1})") if node.name != "unflatten" else ()


def _flattened_again(step: Step, node: Node) -> Node | None:
    """The reshape behind it that joins both axes into rows once more."""
    out = node.shapes[0]
    for other in (step.node(index) for index in descendants(step.tape, {node.ref}, step.order)):
        if other.name not in RESHAPES or other.index <= node.index:
            continue
        if step.tape.shape(other.parents[0])[:2] == out[:2] and other.shapes[0][:1] == (out[0] * out[1],):
            return other
    return None


def _turned_back(node: Node) -> tuple[Edit, ...]:
    call = call_at(node)
    if call is None or not isinstance(call.func, ast.Attribute):
        return ()
    inside = ", ".join([*map(ast.unparse, call.args), *map(ast.unparse, call.keywords)])
    name = "flatten" if call.func.attr == "flatten" else "reshape"
    return replaced_call(node, f"{ast.unparse(call.func.value)}.transpose(0, 1).{name}({inside})")


PROBE = Probe(
    "each place of the batch holds one of the items that were put together",
    cut_up,
    turn=Turn.FIRST,
)
