"""Labels of one column a class that were made one row: as class numbers again."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import call_of, piece
from shapecheck.reading.failing import INDEX_LOSSES, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.one_hot import is_made_one_hot, is_one_hot, marks
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import last_name

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
        node = call_of(span)
        if node is None or not isinstance(node.func, ast.Attribute) or last_name(node.func) not in _FLAT:
            continue
        base = piece(span, node.func.value)
        held = evidence.held.get(base.text)
        told = is_one_hot(held) if sizes_of(held)[-1:] == (classes,) else None
        is_all = not node.args or [ast.unparse(each) for each in node.args] == ["-1"]
        text = f"{base.text}.argmax(-1).flatten()" if len(sizes_of(held)) > 2 else f"{base.text}.argmax(1)"
        if is_all and base.text != "torch" and told is not False:
            doubt = "" if told or is_made_one_hot(evidence, base) else _NOT_SEEN
            return [Candidate(text, (Change(span, text),), (), 0.04, doubt)]
    return []
