"""Labels of one column a class that were made one row: as class numbers again."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import call_of, piece
from shapecheck.reading.failing import INDEX_LOSSES, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import last_name, trace

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
    facts = target.value.facts
    is_one_hot = sizes_of(target) == (rows * classes,) and facts.get("min") == 0 and facts.get("max") == 1
    if not is_one_hot or facts.get("sum") != rows or classes < 2:
        return []
    for span in (target.span, *(origin.span for origin in trace(evidence, target.span))):
        node = call_of(span)
        if node is None or not isinstance(node.func, ast.Attribute) or last_name(node.func) not in _FLAT:
            continue
        is_all = not node.args or [ast.unparse(each) for each in node.args] == ["-1"]
        text = f"{piece(span, node.func.value).text}.argmax(1)"
        if is_all and ast.unparse(node.func.value) != "torch":
            return [Candidate(text, (Change(span, text),), (), 0.04)]
    return []
