"""Parts of a data set, each rounded by itself, that do not add up to all of it: the last is what the others leave."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import bracketed
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import last_name, node_at, source_of

CAUSE = "parts_do_not_make_whole"
_COST = 0.05
_WRITTEN = "which of the parts is the wrong one is not known"
_ROUNDS = ("int", "round", "floor", "ceil")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``n_val = len(data) - n_train``."""
    return list(_left_over(evidence))


def _left_over(evidence: Evidence) -> Iterator[Candidate]:
    operation = failed(evidence, "random_split")
    whole = operand(operation, "dataset")
    parts = operand(operation, "lengths")
    if (
        whole is None
        or parts is None
        or whole.span is None
        or parts.span is None
        or not says(evidence, r"Sum of input lengths")
    ):
        return
    listed, source = node_at(parts.span), source_of(parts.span.file)
    if not isinstance(listed, ast.List | ast.Tuple):
        listed = next((node for each in trace(evidence, parts.span) if _is_list(node := node_at(each.span))), None)
    if source is None or not isinstance(listed, ast.List | ast.Tuple) or len(listed.elts) < 2:
        return
    spans = [source.span(each) for each in listed.elts]
    made = [_made(evidence, each) for each in spans]
    # What was left over where a part was made is no part that was rounded.
    if any(isinstance(node_at(each), ast.BinOp) and " - " in each.text for each in made):
        return
    *others, last = spans
    rest = " - ".join((f"len({whole.span.text})", *(bracketed(each.text) for each in others)))
    place = made[-1] if _can_stand_there(made[-1], spans, made) else last
    doubt = "" if all(_is_rounded(each) for each in made) else _WRITTEN
    title = rest if place == last else f"{last.text} = {rest}"
    yield Candidate(title, (Change(place, rest),), (), _COST, doubt)


def _is_list(node: ast.AST | None) -> bool:
    return isinstance(node, ast.List | ast.Tuple)


def _made(evidence: Evidence, part: Span) -> Span:
    """Where a part that has a name was reckoned."""
    is_name = isinstance(node_at(part), ast.Name)
    return next((each.span for each in trace(evidence, part)), part) if is_name else part


def _can_stand_there(place: Span, spans: list[Span], made: list[Span]) -> bool:
    """Whether what the others leave can be reckoned where the last part was: all of them were by then."""
    before = [(each.line, each.column) for each in made[:-1]]
    is_apart = place != spans[-1] and place.file == spans[-1].file
    is_named = all(isinstance(node_at(each), ast.Name | ast.Constant) for each in spans[:-1])
    return is_apart and is_named and all(line < place.line for line, _ in before)


def _is_rounded(place: Span) -> bool:
    """Whether a part is a share that was made a whole number."""
    node = node_at(place)
    is_divided = isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv)
    return is_divided or (isinstance(node, ast.Call) and last_name(node.func) in _ROUNDS)
