"""The axis of one step, put in behind the samples for a layer whose output is rid of it in front, or the reverse."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import expression, piece, whole_number
from shapecheck.reading.failing import RECURRENT, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import function_around, is_named, last_name, node_at, statement_of, walk
from shapecheck.reading.where_made import made_or_written


def candidates(evidence: Evidence) -> list[Candidate]:
    """``token.unsqueeze(0)`` for ``token.unsqueeze(1)`` where ``output.squeeze(0)`` follows, and the reverse."""
    operation = failed(evidence, *RECURRENT)
    item, state = (operand(operation, *roles) for roles in (("input",), ("h_0", "hx")))
    if operation is None or item is None or state is None or operation.span is None:
        return []
    steps, samples = (1, 0) if operation.config.get("batch_first") else (0, 1)
    sizes, batch = sizes_of(item), sizes_of(state)
    is_turned = len(sizes) == 3 and sizes[samples] == 1 and len(batch) == 3 and batch[1] == sizes[steps] != 1
    if not is_turned or not _drops(node_at(operation.span), steps):
        return []
    for origin in made_or_written(evidence, item):
        for part in walk(expression(origin.span.text)):
            if isinstance(part, ast.Call) and last_name(part.func) == "unsqueeze" and part.args:
                axis = piece(origin.span, part.args[-1])
                if whole_number(part.args[-1]) == samples:
                    return [Candidate(f"unsqueeze({steps})", (Change(axis, str(steps)),), (), 0.0)]
    return []


def _drops(call: ast.expr | None, axis: int) -> bool:
    """Whether the output of a call is read by ``squeeze`` of this axis."""
    statement, home = statement_of(call), function_around(call)
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    first = target.elts[0] if isinstance(target, ast.Tuple) and target.elts else target
    for each in walk(home) if home is not None and isinstance(first, ast.Name) else ():
        if isinstance(each, ast.Call) and last_name(each.func) == "squeeze" and len(each.args) > 0:
            base = each.func.value if isinstance(each.func, ast.Attribute) else None
            read = each.args[0] if is_named(base, "torch") else base
            if isinstance(read, ast.Name) and isinstance(first, ast.Name) and read.id == first.id:
                return whole_number(each.args[-1]) == axis
    return False
