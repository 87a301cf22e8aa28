"""Labels of one column a class that were made one row: as class numbers again."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import call_of, expression, piece
from shapecheck.reading.failing import INDEX_LOSSES, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import last_name

NOT_SEEN = "nothing tells that each row holds a single one"
_FLAT = ("view", "reshape", "flatten", "ravel")
_SAME = ("long", "int", "to", "detach", "clone", "contiguous")


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
    for span in spans_of(evidence, target.span):
        node = call_of(span)
        if node is None or not isinstance(node.func, ast.Attribute) or last_name(node.func) not in _FLAT:
            continue
        base = piece(span, node.func.value)
        is_one = _has_single_ones(evidence, base, (rows, classes))
        is_all = not node.args or [ast.unparse(each) for each in node.args] == ["-1"]
        text = f"{base.text}.argmax(-1).flatten()" if _has_steps(evidence, base) else f"{base.text}.argmax(1)"
        if is_all and base.text != "torch" and is_one is not False:
            return [Candidate(text, (Change(span, text),), (), 0.04, "" if is_one else NOT_SEEN)]
    return []


def _has_steps(evidence: Evidence, place: Span) -> bool:
    """Whether there are several axes in front of that of the classes."""
    return len(sizes_of(evidence.held.get(place.text))) > 2


def _has_single_ones(evidence: Evidence, place: Span, sizes: tuple[int, int]) -> bool | None:
    """Whether each row has a single one, as its sums tell, or what made it; None if neither does."""
    held = evidence.held.get(place.text)
    if held is not None and held.record is not None and held.record.shape == sizes and "row_sum_min" in held.facts:
        return held.facts["row_sum_min"] == held.facts["row_sum_max"] == 1
    for span in spans_of(evidence, place):
        node = expression(span.text)
        while isinstance(node, ast.Call) and last_name(node.func) in _SAME and isinstance(node.func, ast.Attribute):
            node = node.func.value
        if isinstance(node, ast.Call) and last_name(node.func) == "one_hot":
            return True
        made = node.value if isinstance(node, ast.Subscript) else None
        if isinstance(made, ast.Call) and last_name(made.func) == "eye":
            return True
    return None
