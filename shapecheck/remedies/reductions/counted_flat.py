"""Classes that are counted while they lie along several axes, where ``bincount`` takes a single row of them."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import node_at, parents, statement_of

_COST = 0.0
_REFUSED = (r"bincount only supports 1-d", r"object too deep for desired array")
# The axes of a table of counts, a row for each.
_ROWS = 2
_EACH_ROW = "a count for each row may have been meant, and not one of all of them"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``bincount((n * a + b).flatten())``."""
    operation = failed(evidence, "bincount")
    item = operand(operation, "input", "x", "self") if operation is not None else None
    if operation is None or item is None or item.span is None or says(evidence, *_REFUSED) is None:
        return []
    record, node = item.value.record, node_at(item.span)
    # Of an array that was reckoned on the spot only the exception tells that it has more axes.
    is_array = item.value.kind == "array" or (operation.name.startswith("numpy") and isinstance(node, ast.BinOp))
    if (record is None and not is_array) or (record is not None and (len(record.shape) < 2 or "float" in record.dtype)):
        return []
    change = suffixed(item.span, ".ravel()" if is_array else ".flatten()")
    doubt = "" if _are_counted_together(evidence, node, node_at(operation.span)) else _EACH_ROW
    trial = (Step("flatten", item.role),) if record is not None else ()
    return [Candidate(change.text, (change,), trial, _COST, doubt)]


def _are_counted_together(evidence: Evidence, given: ast.expr | None, call: ast.expr | None) -> bool:
    """Whether the counts are of pairs, are laid out as a table, or are added to those of before."""
    if isinstance(given, ast.BinOp) and isinstance(given.op, ast.Add):
        # A number that is added to each class makes no pairs of them.
        return any(isinstance(each, ast.BinOp) and isinstance(each.op, ast.Mult) for each in (given.left, given.right))
    for up in parents(call):
        if isinstance(up, ast.Attribute) and up.attr in ("view", "reshape"):
            return True
        if not isinstance(up, ast.Attribute | ast.Call) or (isinstance(up, ast.Call) and call in up.args):
            break
    statement = statement_of(call)
    if not isinstance(statement, ast.AugAssign) or not isinstance(statement.op, ast.Add):
        return False
    # Where those of before have rows, each row has counts of its own.
    return len(sizes_of(evidence.held.get(ast.unparse(statement.target)))) < _ROWS
