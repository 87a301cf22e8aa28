"""Operations in place that read numbers which they have changed already: ``x -= x[:, :1]``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import statement_at
from shapecheck.findings import Fix


def overlaps(step: Step) -> Iterator[Sighting]:
    """All that were seen up to now, of which the numbers are other ones than with a copy."""
    tape = step.tape
    for index in tape.overlaps:
        node = tape.nodes[index]
        changed, read = node.parents[0], node.parents[-1]
        text = (
            f"{tape.shape(read)} are read while {tape.shape(changed)} of the same memory are changed: some numbers are "
            "read after they were changed, and what comes out differs from what a copy gives"
        )
        yield sighted("reads_what_it_changes", node, text, _fix(node))


def _fix(node: Node) -> tuple[Fix, ...]:
    statement = statement_at(node.spot.code.co_filename, node.spot.line) if node.spot is not None else None
    is_item = isinstance(statement, ast.Assign) and node.name == "__setitem__"
    value = statement.value if is_item or isinstance(statement, ast.AugAssign) else None  # type: ignore[union-attr]
    call = call_at(node) if value is None else None
    value = call.args[-1] if call is not None and call.args else value
    if node.spot is None or not isinstance(value, ast.Name | ast.Attribute | ast.Subscript | ast.Call):
        return (Fix("a copy is read: .clone()"),)
    text = f"{ast.unparse(value)}.clone()"
    edits = replaced_text(node.spot.code.co_filename, value, text)
    return (Fix(text, edits, "call", "the numbers are those of a copy"),)


PROBE = Probe(
    "what is changed in place is not read at other places meanwhile",
    lambda look: overlaps(look.step),
    needs_no_run=True,
    in_evaluation=True,
)
