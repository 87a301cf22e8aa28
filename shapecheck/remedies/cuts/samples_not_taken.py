"""One sample that was taken of scores, as if a model returned several things: ``model(x)[0]`` of what is a tensor."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, piece, whole_number
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, Shape, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import found_at, receivers

_COST = 0.03


def candidates(evidence: Evidence) -> list[Candidate]:
    """The scores of all samples, where there is a target for each."""
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    given, target = (operand(operation, role) for role in ("input", "target"))
    if given is None or target is None or given.span is None or not sizes_of(target):
        return []
    return list(_whole(evidence, given, given.span, sizes_of(target)))


def _whole(evidence: Evidence, given: Argument, place: Span, wanted: Shape) -> Iterator[Candidate]:
    for span in (place, *(each.span for each in trace(evidence, place))):
        root = expression(span.text)
        node = next((each for each in receivers(root) if isinstance(each, ast.Subscript)), None) if root else None
        if not isinstance(node, ast.Subscript) or whole_number(node.slice) not in (0, -1):
            continue
        whole = (wanted[0], *sizes_of(given))
        if _is_for_each(whole, wanted) and whole in set(_seen(evidence, span, node.value)):
            text = piece(span, node.value).text
            step = Step("stand_in", given.role, whole)
            yield Candidate(text, (Change(piece(span, node), text),), (step,), _COST)
        return


def _is_for_each(whole: Shape, wanted: Shape) -> bool:
    """Whether scores of this shape have a target for each sample, or step: a class, or a number for each of them."""
    return wanted in (whole, whole[:1] + whole[2:])


def _seen(evidence: Evidence, span: Span, base: ast.expr) -> Iterator[Shape]:
    """The shapes that what is indexed is known to have: of a name, or of what a call of a model has returned alone."""
    source, node = found_at(span)
    if not isinstance(base, ast.Call):
        yield sizes_of(held_around(evidence, source, node).get(ast.unparse(base)))
        return
    for each in evidence.trace or ():
        if len(each.call.outputs) == 1:
            yield each.call.outputs[0].shape
