"""Steps that are merged in groups of as many as they are divided by, where some are left over: these are cut off."""

from __future__ import annotations

import ast
from math import prod

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import expression, suffixed
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of

_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """``x[:, : t // 2 * 2].reshape(b, t // 2, 2 * f)`` for ``x.reshape(b, t // 2, 2 * f)`` where t is odd."""
    operation = failed(evidence, "view", "reshape")
    item = operand(operation, "self", "input")
    told = [each for each in operation.arguments if each.role.startswith("shape[")] if operation is not None else []
    sizes = sizes_of(item)
    if item is None or item.span is None or not all(each.value.text.isdecimal() for each in told):
        return []
    asked = [int(each.value.text) for each in told]
    for axis, one in enumerate(told[: len(sizes)]):
        by = _divided_by(evidence, one)
        if not by or not asked[axis] or not prod(sizes):
            continue
        whole, odd = divmod(prod(asked) * sizes[axis], prod(sizes))
        times = whole // asked[axis]
        # What is left over of a division that rounds down is what was to be left out.
        if not odd and times > 1 and times * asked[axis] == whole and 0 < sizes[axis] - whole < times:
            change = suffixed(item.span, f"[{':, ' * axis}: {one.expression} * {by}]")
            step = Step("narrow", item.role, (axis, 0, whole))
            return [Candidate(change.text, (change,), (step,), _COST)]
    return []


def _divided_by(evidence: Evidence, size: Argument) -> str:
    """What a size was divided by, rounded down: ``2`` of ``t // 2``, also where that has a name."""
    for span in spans_of(evidence, size.span):
        node = expression(span.text)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv):
            is_plain = isinstance(node.right, ast.Constant | ast.Name | ast.Attribute)
            is_here = span == size.span or not isinstance(node.right, ast.Name)
            return ast.unparse(node.right) if is_plain and is_here else ""
    return ""
