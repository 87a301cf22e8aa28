"""What a loop goes through step by step, handed on whole in each round: ``model(x[:, t], h)`` for ``model(x, h)``."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.applied import size_asked
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.edits import takes_all
from shapecheck.reading.failing import CELLS, RECURRENT, failed, features_taken, operand
from shapecheck.reading.mismatches import sizes_of, without_axis
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import call_around, found_at, items_of, last_name, loop_around, names_in, walk
from shapecheck.reading.ways_back import spans_behind

_COST = -0.03


def candidates(evidence: Evidence) -> list[Candidate]:
    """The step of this round, of the only name that the loop counts and that its call gets whole."""
    operation = failed(evidence, *RECURRENT, *CELLS, "Linear")
    item = operand(operation, "input")
    return list(_taken(evidence, operation, item)) if operation is not None and item is not None else []


def _taken(evidence: Evidence, operation: Operation, item: Argument) -> Iterator[Candidate]:
    for span in spans_behind(evidence, item.span):
        source, node = found_at(span)
        if source is None or not isinstance(node, ast.Name):
            continue
        call = call_around(node)
        loop = loop_around(node)
        if call is None or loop is None or not isinstance(loop.target, ast.Name) or node in walk(loop.iter):
            continue
        if loop.target.id in names_in(call) or last_name(getattr(loop.iter, "func", None)) != "range":
            continue
        held = held_around(evidence, source, node)
        sizes = sizes_of(held.get(node.id))
        axes = {*_axes_counted(loop, node.id), *_axes_taken(loop, {node.id})}
        if not axes and _has_axes_too_many(evidence):
            # What comes of it step by step lies beside it: "targets[:, t]".
            alike = {name for name, value in held.items() if sizes and sizes_of(value) == sizes}
            axes = {*_axes_taken(loop, alike - stored_in(loop))} if node.id not in stored_in(loop) else set()
        if len(axes) == 1 and len(sizes) > (axis := axes.pop()):
            left = without_axis(sizes, axis)
            if sizes == sizes_of(item) and left[-1:] != (features_taken(operation),):
                # No round is as wide as the layer reads: it is something else that is wrong.
                return
            text = f"{node.id}[{', '.join([*([':'] * axis), loop.target.id])}]"
            yield Candidate(text, (Change(span, text),), (), _COST)
            return


def _axes_counted(loop: ast.For, name: str) -> Iterator[int]:
    """The axis whose size the loop counts up to: 1 of ``range(x.size(1) - 1)``."""
    for each in walk(loop.iter):
        asked = size_asked(each)
        if asked is not None and asked[1] >= 0 and ast.unparse(asked[0]) == name:
            yield asked[1]


def _has_axes_too_many(evidence: Evidence) -> bool:
    """Whether a layer was given more axes than it reads, so that a step of what it was given may be meant."""
    broken = evidence.violation
    if broken is None or broken.kind != "ndim" or broken.got is None:
        return False
    return len(broken.got) > len(broken.expected)


def _axes_taken(loop: ast.For, names: Container[str]) -> Iterator[int]:
    """The axis of which the loop takes the step of a round elsewhere, of one of these: 1 of ``x[:, t + 1]``."""
    for each in walk(loop):
        if not isinstance(each, ast.Subscript) or ast.unparse(each.value) not in names:
            continue
        parts = items_of(each.slice)
        axis = next((at for at, part in enumerate(parts) if not takes_all(part)), None)
        if axis is not None and isinstance(loop.target, ast.Name) and loop.target.id in names_in(parts[axis]):
            yield axis
