"""One sample alone given to a model that was trained on batches, where what it gives is read as a batch."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import call_of, piece, suffixed, whole_number
from shapecheck.reading.failing import failed, says, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import home_around, last_name, node_at, source_of, walk

CAUSE = "missing_batch_axis"
_COST = 0.04
_ONCE = "the model is called once, so that one row may be what it is meant for, and another axis meant"
_AXES = ("dim", "axis")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``model(x.unsqueeze(0))`` where ``torch.max(output, 1)`` finds no second axis."""
    operation = failed(evidence)
    item = next(iter(tensors(operation)), None) if operation is not None else None
    if item is None or item.span is None or len(sizes_of(item)) != 1:
        return []
    if says(evidence, r"Dimension out of range") is None or not _is_second(operation):
        return []
    for origin in trace(evidence, item.span):
        call = call_of(origin.span)
        model = evidence.held.get(ast.unparse(call.func)) if call is not None else None
        if call is None or model is None or model.kind != "module" or len(call.args) != 1:
            continue
        if len(sizes_of(evidence.held.get(ast.unparse(call.args[0])))) == 1:
            change = suffixed(piece(origin.span, call.args[0]), ".unsqueeze(0)")
            doubt = "" if _is_called_elsewhere(origin.span, call) or len(list(_second_axes(item))) > 1 else _ONCE
            return [Candidate(change.text, (change,), (), _COST, doubt)]
    return []


def _is_second(operation: Operation | None) -> bool:
    told = [each.value.text for each in operation.arguments if each.role.startswith(_AXES)] if operation else []
    return told == ["1"]


def _is_called_elsewhere(place: Span, call: ast.Call) -> bool:
    source = source_of(place.file)
    calls = list(source.calls(last_name(call.func))) if source is not None else []
    return len({ast.unparse(each) for each in calls if ast.unparse(each.func) == ast.unparse(call.func)}) > 1


def _second_axes(item: Argument) -> Iterator[ast.Call]:
    """The calls around that read the second axis of a name."""
    home = home_around(node_at(item.span))
    for node in walk(home):
        if isinstance(node, ast.Call) and any(ast.unparse(each) == item.expression for each in node.args):
            told = [*node.args[1:], *(each.value for each in node.keywords if each.arg in _AXES)]
            if any(whole_number(each) == 1 for each in told):
                yield node
