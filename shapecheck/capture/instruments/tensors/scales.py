"""Rows of places that were laid out evenly or written down, as the atoms of a distribution: they are of no sample."""

from __future__ import annotations

import ast

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.sighting import call_at
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import FROM_OUTSIDE, Node
from shapecheck.capture.recording.vocabulary import ARITHMETIC, HANDS_ON

_SCALES = frozenset(["linspace", "logspace"])


def meets_scale(step: Step, node: Node) -> bool:
    """Whether one of the operands was laid out as a scale, and at most moved and stretched by numbers."""
    made = (origin(step.tape, ref, HANDS_ON | ARITHMETIC, is_alone=True)[1] for ref in node.parents)
    return any(one.name in _SCALES or _is_written_down(one) for one in made)


def _is_written_down(node: Node) -> bool:
    """Whether its numbers stand in the script one by one."""
    call = call_at(node) if node.name in FROM_OUTSIDE else None
    row = call.args[0] if call is not None and call.args else None
    while isinstance(row, ast.List | ast.Tuple) and len(row.elts) == 1:
        row = row.elts[0]
    parts = row.elts if isinstance(row, ast.List | ast.Tuple) else ()
    return bool(parts) and all(isinstance(part, ast.Constant | ast.UnaryOp) for part in parts)
