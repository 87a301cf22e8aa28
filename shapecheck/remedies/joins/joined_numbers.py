"""``torch.stack`` for tensors without axes, which ``torch.cat`` has no axis to put together along."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import is_of_torch, told_to, written_axis
from shapecheck.reading.edits import call_of, piece, whole_number, with_keyword
from shapecheck.reading.failing import failed
from shapecheck.reading.joined.gathered import parts_of
from shapecheck.reading.joined.joined_numbers import joined_numbers
from shapecheck.reading.origins import spans_of
from shapecheck.reading.samples.squeezes import squeezes
from shapecheck.reading.sources import last_name

CAUSE = "numbers_joined"
_PICKS = ("argmax", "argmin", "max", "min", "amax", "amin")
_OF_ALL = "what picks one of all the numbers of a batch may be meant to pick one for each sample"


def candidates(evidence: Evidence) -> list[Candidate]:
    """A new axis for the numbers; an axis for what picked each of them out of a whole batch."""
    operation = failed(evidence)
    count = joined_numbers(evidence)
    call = call_of(operation.span) if operation is not None and operation.span is not None else None
    if operation is None or operation.span is None or call is None or count is None or not call.args:
        return []
    if not isinstance(call.func, ast.Attribute):
        return []
    axis = written_axis(call, int(not is_of_torch(call)))
    if axis is not None and whole_number(axis) not in (0, -1):
        return []
    picked = list(_picked(evidence, piece(operation.span, call.args[0]), count))
    function = piece(operation.span, call.func)
    text = f"{function.text.removesuffix(last_name(call.func))}stack"
    doubt = _OF_ALL if picked else ""
    # A batch of one whose axis was squeezed away is told there.
    cost = 0.3 if list(squeezes(evidence)) else 0.03
    return [*picked, Candidate(text, (Change(function, text),), (), cost, doubt)]


def _picked(evidence: Evidence, given: Span, count: int) -> Iterator[Candidate]:
    """An axis for an argmax that names none, where the items of the list are made by it."""
    for part in parts_of(evidence, given, count):
        for span in spans_of(evidence, part.span):
            node = call_of(span)
            if node is None or not isinstance(node.func, ast.Attribute) or node.func.attr not in _PICKS:
                continue
            if node.keywords or told_to(node):
                continue
            change = with_keyword(span, "dim", "-1")
            if change is not None and node.func.attr.startswith("arg"):
                yield Candidate("dim=-1", (change,), (), 0.02, _OF_ALL)
