"""The larger of each two numbers, ``torch.maximum(a, b)``, where Python's ``max`` compares two tensors as a whole."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.asked_as_one import is_asked_as_one
from shapecheck.reading.edits import bracketed
from shapecheck.reading.failing import failed, says
from shapecheck.reading.mismatches import sizes_of, spreads
from shapecheck.reading.sources import found_at
from shapecheck.remedies.reductions.truths_one_by_one import AMBIGUOUS

CAUSE = "truths_joined_by_words"
_COST = 0.04
_BEST = "one number may have been meant to be compared with the best so far"
_ONE = "one number is asked for of the result, and which one of the many is not said"
_OF_EACH = {"max": ("torch.maximum", "min"), "min": ("torch.minimum", "max")}


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.maximum(a, b)`` for ``max(a, b)``, and ``x.clamp(min=0)`` for ``max(x, 0)``."""
    operation = failed(evidence, *_OF_EACH) if says(evidence, *AMBIGUOUS) else None
    if operation is None or not operation.name.startswith("builtins.") or operation.span is None:
        return []
    source, call = found_at(operation.span)
    items = [each for each in operation.arguments if each.span is not None]
    if source is None or not isinstance(call, ast.Call) or call.keywords or len(items) != 2 or len(call.args) != 2:
        return []
    if any(each.value.kind not in ("tensor", "number") for each in items):
        return []
    text = _written(operation.name.rpartition(".")[2], *items)
    doubt = _BEST if _keeps_best(call) else _ONE if is_asked_as_one(source, call) else ""
    return [Candidate(text, (Change(operation.span, text),), (), _COST, doubt)] if text else []


def _keeps_best(call: ast.Call) -> bool:
    """Whether the largest so far may be kept, as of one number a round: under its own name, or beside a name."""
    line = getattr(call, "parent", None)
    targets = {ast.unparse(each) for each in line.targets} if isinstance(line, ast.Assign) else set()
    numbers = [each for each in call.args if isinstance(each, ast.Constant | ast.UnaryOp)]
    return not numbers and bool(targets & {ast.unparse(each) for each in call.args})


def _written(name: str, left: Argument, right: Argument) -> str:
    function, bound = _OF_EACH[name]
    if left.value.kind == right.value.kind == "tensor":
        one, other = sizes_of(left), sizes_of(right)
        goes = not one or not other or spreads(one, other) or spreads(other, one)
        return f"{function}({left.expression}, {right.expression})" if goes else ""
    tensor, number = (left, right) if left.value.kind == "tensor" else (right, left)
    return f"{bracketed(tensor.expression)}.clamp({bound}={number.expression})"
