"""Labels of one column a class that were made one row: as class numbers again."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.applied import applied_to, told_to
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import INDEX_LOSSES, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.one_hot import SAME, is_made_one_hot, is_one_hot, marks
from shapecheck.reading.origins import spans_of
from shapecheck.reading.running import held_on_the_way
from shapecheck.reading.sources import last_name, under_methods

_NOT_SEEN = "nothing tells that each row holds a single one"
_FLAT = ("view", "reshape", "flatten", "ravel")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The position of the one of each row in place of all rows one behind the other."""
    operation = failed(evidence, *INDEX_LOSSES)
    given, target = (
        (operand(operation, role) for role in ("input", "target")) if operation is not None else (None, None)
    )
    if given is None or target is None or target.span is None or len(sizes_of(given)) != 2:
        return []
    rows, classes = sizes_of(given)
    is_flat = sizes_of(target) == (rows * classes,) and marks(target.value)
    if not is_flat or target.value.facts.get("sum") != rows or classes < 2:
        return []
    for span in spans_of(evidence, target.span):
        flat = _flattened(under_methods(expression(span.text), SAME))
        if flat is None:
            continue
        whole, inner = piece(span, flat[0]), piece(span, flat[1])
        ways = held_on_the_way(evidence, piece(span, under_methods(flat[1], SAME)))
        held = next((each for each in ways if len(sizes_of(each)) > 1 and sizes_of(each)[-1] == classes), None)
        told = is_one_hot(held)
        text = f"{inner.text}.argmax(-1).flatten()" if len(sizes_of(held)) > 2 else f"{inner.text}.argmax(1)"
        if told is not False:
            doubt = "" if told or is_made_one_hot(evidence, inner) else _NOT_SEEN
            return [Candidate(text, (Change(whole, text),), (), 0.04, doubt)]
    return []


def _flattened(node: ast.expr | None) -> tuple[ast.expr, ast.expr] | None:
    """What lays a tensor flat, all axes in one, and that tensor: ``y.view(-1)``, ``torch.flatten(y)``."""
    base = applied_to(node) if isinstance(node, ast.Call) and last_name(node.func) in _FLAT else None
    if not isinstance(node, ast.Call) or base is None:
        return None
    return (node, base) if [ast.unparse(each) for each in told_to(node)] in ([], ["-1"]) else None
