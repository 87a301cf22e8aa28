"""Labels of which a sample may have several, or none, given to cross entropy, which takes one class a sample."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import call_of, piece, suffixed
from shapecheck.reading.failing import failed, maker, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.one_hot import has_several_classes
from shapecheck.reading.sources import last_name

CAUSE = "several_classes_of_a_sample"
_COST = 0.08
# Of each loss of one class a sample the one of each class for itself.
_EACH = {
    "CrossEntropyLoss": "BCEWithLogitsLoss",
    "cross_entropy": "binary_cross_entropy_with_logits",
}


def candidates(evidence: Evidence) -> list[Candidate]:
    """``BCEWithLogitsLoss`` with the labels as floats, where rows of zeros and ones hold another number of ones."""
    operation = failed(evidence, *_EACH)
    given, target = operand(operation, "input"), operand(operation, "target")
    if operation is None or target is None or target.span is None or sizes_of(given) != sizes_of(target):
        return []
    origin = maker(evidence, operation) if operation.callee else None
    made = origin.span if origin is not None else operation.span
    call = call_of(made) if made is not None else None
    if made is None or call is None or not has_several_classes(target):
        return []
    name = last_name(call.func)
    # What a loss is told besides may have no meaning for the other one.
    is_plain = not call.args and not call.keywords if origin is not None else len(call.args) == 2 and not call.keywords
    if name not in _EACH or not is_plain:
        return []
    place = piece(made, call.func)
    changes = (Change(place, place.text.replace(name, _EACH[name])), suffixed(target.span, ".float()"))
    return [Candidate(changes[0].text, changes, (), _COST)]
