"""The weights of a loss: as many as there are classes, where they are made."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span, Value
from shapecheck.reading.edits import argument, call_of, expression, piece, with_keyword
from shapecheck.reading.failing import INDEX_LOSSES, Shape, failed, kind, maker, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import function_at, last_name, walk
from shapecheck.records import TensorRecord
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.names.written_sizes import sizes_replaced

# Where the weight stands among the arguments of the constructor.
_PLACES = {
    "weight": {"CrossEntropyLoss": 0, "NLLLoss": 0, "BCELoss": 0, "BCEWithLogitsLoss": 0},
    "pos_weight": {"BCEWithLogitsLoss": 3},
}
_CASTS = {"float32": ".float()", "float64": ".double()", "float16": ".half()", "bfloat16": ".bfloat16()"}
_LOSSES = (
    *INDEX_LOSSES,
    *("BCELoss", "BCEWithLogitsLoss", "binary_cross_entropy", "binary_cross_entropy_with_logits"),
)


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes of a weight that is not one number for each class."""
    operation, violation = failed(evidence, *_LOSSES), evidence.violation
    given = operand(operation, "input")
    if operation is None or given is None or given.value.record is None or not given.value.record.shape:
        return []
    sizes = given.value.record.shape
    classes = sizes[1] if kind(operation) in INDEX_LOSSES and len(sizes) > 1 else sizes[-1]
    found: list[Candidate] = []
    for role in _PLACES:
        got = violation.got if violation is not None and violation.role == role else None
        if violation is not None and (got is None or violation.kind not in ("size", "ndim", "dtype")):
            continue
        weight = _weight(evidence, operation, role, got)
        if violation is not None and violation.kind == "dtype":
            cast = _CASTS.get(given.value.record.dtype)
            found += put_behind(evidence, weight, cast, [], cost=0.0) if weight is not None and cast else []
            continue
        if weight is not None and weight.value.record is not None:
            spread = list(_spread(evidence, weight, sizes)) if role == "pos_weight" else []
            found += spread or _mended(evidence, weight, weight.value.record.shape, classes)
            found += _counted_by_all(evidence, weight, given, classes) if kind(operation) in INDEX_LOSSES else ()
    return found


def _spread(evidence: Evidence, weight: Argument, sizes: Shape) -> Iterator[Candidate]:
    """A weight for each class, where the scores have places behind the axis of their classes."""
    behind = len(sizes) - 2
    if behind > 0 and sizes_of(weight) == sizes[1:2] and sizes[1] not in sizes[2:]:
        text = ".view(-1" + ", 1" * behind + ")"
        step = Step("view", weight.role, (-1, *[1] * behind))
        yield from put_behind(evidence, weight, text, [step], cost=0.05)


def _weight(evidence: Evidence, operation: Operation, role: str, got: Shape | None) -> Argument | None:
    """The weight, as the call or the loss's constructor was given it."""
    found = operand(operation, role)
    if found is not None and found.span is not None:
        return found
    made = None if got is None else _constructor(evidence, operation)
    span = None if made is None else argument(made, role, _PLACES[role].get(kind(operation)))
    if span is None or got is None:
        return None
    return Argument(role, Value("tensor", "Tensor", TensorRecord(role, got)), span)


def _constructor(evidence: Evidence, operation: Operation) -> Span | None:
    """Where the loss was made: in an assignment, or in the very call."""
    origin = maker(evidence, operation)
    if origin is not None or operation.span is None:
        return origin.span if origin is not None else None
    node = call_of(operation.span)
    return piece(operation.span, node.func) if node is not None and isinstance(node.func, ast.Call) else None


def _mended(evidence: Evidence, weight: Argument, got: Shape, classes: int) -> Iterator[Candidate]:
    if got != (classes,) and sorted(got)[-1:] == [classes] and set(got) <= {1, classes}:
        step = Step("flatten", weight.role)
        yield from put_behind(evidence, weight, ".flatten()", [step], cost=0.1, prefer="origin")
    for span in _sources(evidence, weight):
        for node in walk(expression(span.text)):
            if isinstance(node, ast.Call) and last_name(node.func) == "bincount":
                change = with_keyword(piece(span, node), "minlength", str(classes))
                yield from [] if change is None else [Candidate(f"minlength={classes}", (change,), (), 0.1)]
    if len(got) == 1:
        yield from sizes_replaced(evidence, weight, {0: str(classes)}, [Step("set_size", weight.role, (classes,))])


def _counted_by_all(evidence: Evidence, weight: Argument, given: Argument, classes: int) -> Iterator[Candidate]:
    """The numbers of all classes, where a weight is made for each of those that the labels of a batch hold."""
    for span in _sources(evidence, weight):
        for node in walk(expression(span.text)):
            if not isinstance(node, ast.Call) or last_name(node.func) != "unique" or node.keywords:
                continue
            inside = [function_at(each) for each in (span, given.span) if each is not None]
            is_known = given.expression.isidentifier() and len(inside) == 2 and inside[0] is inside[1]
            count = f"{given.expression}.size(1)" if is_known and len(sizes_of(given)) > 1 else str(classes)
            change = Change(piece(span, node), f"torch.arange({count})")
            yield Candidate(change.text, (change,), (), 0.1)
            return


def _sources(evidence: Evidence, weight: Argument) -> Iterator[Span]:
    """The text of a weight, and of what the names in it were made of."""
    if weight.span is None:
        return
    # What a function of the user's returned is read like what stands there.
    for span in (weight.span, *(origin.span for origin in trace(evidence, weight.span)[:2])):
        yield span
        for node in walk(expression(span.text)):
            if isinstance(node, ast.Name):
                yield from (origin.span for origin in trace(evidence, piece(span, node))[:3])
