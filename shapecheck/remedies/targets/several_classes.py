"""Labels given to the loss of another question: one class a sample, or each class for itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import call_of, expression, piece, suffixed
from shapecheck.reading.failing import failed, maker, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.one_hot import has_several_classes
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import last_name, user_sources
from shapecheck.remedies.targets.one_hot_labels import one_hot_for_all

CAUSE = "several_classes_of_a_sample"
ONE_OR_EACH = "one class a sample may be meant, by cross entropy, or each class for itself, with a column of labels"
_COST, _COST_OF_ONE = 0.08, 0.06
# Of each loss of one class a sample the one of each class for itself.
_EACH = {
    "CrossEntropyLoss": "BCEWithLogitsLoss",
    "cross_entropy": "binary_cross_entropy_with_logits",
}
_ONE = {each: one for one, each in _EACH.items()}


def candidates(evidence: Evidence) -> list[Candidate]:
    """``BCEWithLogitsLoss`` where samples have several classes; ``CrossEntropyLoss`` where labels are class numbers."""
    operation = failed(evidence, *_EACH, *_ONE)
    target = operand(operation, "target")
    if operation is None or target is None or target.span is None:
        return []
    return [*_for_each(evidence, operation, target), *_for_one(evidence, operation)]


def _for_each(evidence: Evidence, operation: Operation, target: Argument) -> Iterator[Candidate]:
    """The loss of each class, with the labels as floats, where rows of zeros and ones hold another number of ones."""
    place = _place(evidence, operation, _EACH)
    if place is None or target.span is None or sizes_of(operand(operation, "input")) != sizes_of(target):
        return
    if has_several_classes(target):
        changes = (_renamed(place, _EACH), suffixed(target.span, ".float()"))
        yield Candidate(changes[0].text, changes, (), _COST)


def _for_one(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """The loss of one class a sample."""
    place = _place(evidence, operation, _ONE)
    if place is not None and may_be_of_one(evidence):
        change = _renamed(place, _ONE)
        yield Candidate(change.text, (change,), (), _COST_OF_ONE, ONE_OR_EACH)


def may_be_of_one(evidence: Evidence) -> bool:
    """Whether class numbers met scores of each class for itself, of which no sigmoid says that they are that."""
    operation = failed(evidence, *_ONE)
    target, scores = operand(operation, "target"), sizes_of(operand(operation, "input"))
    record, most = (target.value.record, target.value.facts.get("max", 0)) if target is not None else (None, 0)
    is_class = record is not None and record.dtype == "int64" and len(scores) == 2 and record.shape == scores[:1]
    if not is_class or not 1 < most < scores[1]:
        return False
    if target is not None and any(one_hot_for_all(evidence, target, scores[1], "", cost=0.0)):
        # Who takes the largest of each row of the labels has columns in mind.
        return False
    return not any("sigmoid" in line for source in user_sources(evidence) for line in source.lines)


def _place(evidence: Evidence, operation: Operation, known: dict[str, str]) -> Span | None:
    """Where the name of the loss stands, if it is told nothing that may have no meaning for the other one."""
    origin = maker(evidence, operation) if operation.callee else None
    made = origin.span if origin is not None else operation.span
    call = call_of(made) if made is not None else None
    if made is None or call is None or call.keywords:
        return None
    place = piece(made, call.func)
    if last_name(call.func) in known:
        is_function = last_name(call.func).islower()
        return place if len(call.args) == (2 if is_function else 0) else None
    # A function may have been handed to what calls it.
    named = (each for each in spans_of(evidence, place, parts=True) if last_name(expression(each.text)) in known)
    return next(named, None) if isinstance(call.func, ast.Name | ast.Attribute) and len(call.args) == 2 else None


def _renamed(place: Span, known: dict[str, str]) -> Change:
    name = last_name(expression(place.text))
    return Change(place, f"{place.text.removesuffix(name)}{known[name]}")
