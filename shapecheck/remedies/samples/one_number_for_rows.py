"""One number where rows are gone through, counted or asked for: a squeeze lost their axis, or they are one row."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence, Operation, Value
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import failed, operand, says, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.samples.squeezes import squeezes
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.reductions.squeezes import named_squeeze

_ROWS = (
    r"iteration over a 0-d tensor",
    r"len\(\) of a 0-d tensor",
    r"invalid index of a 0-dim tensor",
    r"tensor has no dimensions",
    r"tuple index out of range",
)
_REDUCED = "the mean or the sum of all may have been meant to be one of each row"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The axis that a squeeze must keep; where there is none, an axis of one where the number was made."""
    operation = failed(evidence) if says(evidence, *_ROWS) is not None else None
    item = _number(operation)
    if operation is None or item is None:
        return []
    if next(squeezes(evidence), None) is not None:
        return list(named_squeeze(evidence, cost=0.1))
    doubt = "" if _is_one_beside(evidence, operation) else _REDUCED
    found = put_behind(evidence, item, ".unsqueeze(0)", cost=0.2, prefer="origin")
    return [replace(each, doubt=each.doubt or doubt) for each in found]


def _number(operation: Operation | None) -> Argument | None:
    """The tensor without axes of which rows were asked, also where its shape was."""
    asked = operand(operation, "self", "obj", "iterable")
    if asked is not None and asked.value.type == "Size" and asked.value.text == "()" and asked.span is not None:
        node = expression(asked.span.text)
        if not isinstance(node, ast.Attribute):
            return None
        base = piece(asked.span, node.value)
        return Argument(asked.role, Value("tensor", "Tensor"), base)
    return next((each for each in tensors(operation) if sizes_of(each) == ()), None)


def _is_one_beside(evidence: Evidence, operation: Operation) -> bool:
    """Whether what stands beside it, in the call or in the function, are the rows of one sample."""
    return any(sizes == (1,) for sizes in _beside(evidence, operation))


def _beside(evidence: Evidence, operation: Operation) -> Iterator[tuple[int, ...]]:
    yield from map(sizes_of, tensors(operation))
    yield from (sizes_of(value) for value in evidence.held.values() if value.kind == "tensor")
