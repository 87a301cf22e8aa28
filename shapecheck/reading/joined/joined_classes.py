"""A view that joins the classes with the steps in front of them, behind which one number a sequence is left."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import one_by_one
from shapecheck.reading.edits import call_of, expression, piece, whole_number
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, kind, operand, shape
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.origins import trace
from shapecheck.reading.reckoning import CannotReckonError, Reckoner
from shapecheck.reading.sources import found_at


@dataclass(frozen=True, slots=True)
class JoinedClasses:
    """Where the classes went.

    Args:
        rest: The ``-1`` of the view, which takes in the classes.
        scores: The name of what is viewed.
        classes: How many numbers the last layer gives for each step.
    """

    rest: Span
    scores: str
    classes: int


def joined_classes(evidence: Evidence) -> JoinedClasses | None:
    """What a loss shows that got one number a sequence: ``out = fc(out); out = out.view(n, -1); out = out[:, -1]``."""
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    item = operand(operation, "input")
    given, target = (shape(operation, role) for role in ("input", "target")) if operation is not None else (None, None)
    if operation is None or item is None or item.span is None or not given or not target:
        return None
    if len(given) != 1 or target[:1] != given or given[0] < 2:
        return None
    found = _joined(evidence, item.span)
    # A loss that compares number by number is told how many there are by its target.
    wanted = (found.classes,) if found is not None and kind(operation) in SAME_SHAPE_LOSSES else ()
    return found if target[1:] == wanted else None


def _joined(evidence: Evidence, span: Span) -> JoinedClasses | None:
    picked = next((each for each in (span, *_makers(evidence, span)) if _picks_one(expression(each.text))), None)
    node = expression(picked.text) if picked is not None else None
    if picked is None or not isinstance(node, ast.Subscript):
        return None
    base = piece(picked, node.value)
    view = next((each for each in (base, *_makers(evidence, base)) if call_of(each) is not None), base)
    call = call_of(view)
    if call is None or not isinstance(call.func, ast.Attribute) or call.func.attr not in ("view", "reshape"):
        return None
    sizes = one_by_one(call.args)
    scores = piece(view, call.func.value)
    if len(sizes) != 2 or whole_number(sizes[1]) != -1 or not scores.text.isidentifier():
        return None
    classes = _width(evidence, scores)
    return JoinedClasses(piece(view, sizes[1]), scores.text, classes) if classes > 1 else None


def _makers(evidence: Evidence, span: Span) -> list[Span]:
    """What an expression comes from, also where that returned several values."""
    return [each.span for each in evidence.chains.get(span, ()) or trace(evidence, span)]


def _picks_one(node: ast.expr | None) -> bool:
    """Whether an index leaves the first axis and takes one number of the second: ``[:, -1]``."""
    parts = node.slice.elts if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple) else []
    return len(parts) == 2 and ast.unparse(parts[0]) == ":" and whole_number(parts[1]) is not None


def _width(evidence: Evidence, scores: Span) -> int:
    """How many numbers the Linear gives that made the scores; 0 where the script does not tell."""
    for span in _makers(evidence, scores):
        call = call_of(span)
        made = _makers(evidence, piece(span, call.func)) if call is not None else []
        told = next((told_for(each, "out_features") for each in made if "Linear(" in each.text), None)
        if told is not None:
            texts = (told.text, *(each.text for each in _makers(evidence, told)))
            numbers = (whole_number(node) for node in map(expression, texts) if node is not None)
            return next((each for each in numbers if each is not None), _reckoned(evidence, told))
    return 0


def _reckoned(evidence: Evidence, told: Span) -> int:
    """The number that a size comes to which is counted of something: ``len(topics)``."""
    source, node = found_at(told)
    try:
        number = Reckoner(evidence).value(source, node) if source is not None and node is not None else 0
    except (CannotReckonError, TypeError, LookupError):
        return 0
    return number if type(number) is int else 0
