"""A row of reduced numbers that met a column on the way to a loss, so that each row met all: its axis is kept."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import written_axis
from shapecheck.reading.edits import call_of, expression, piece, whole_number, with_keyword
from shapecheck.reading.failing import SAME_SHAPE_LOSSES, failed
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.reductions import REDUCTIONS
from shapecheck.reading.sources import items_of, last_name, receivers, walk
from shapecheck.reading.vocabulary import MADE_OF_SIZES
from shapecheck.reading.ways_back import spans_behind

_COST = 0.02
_LAST = (1, -1)


def candidates(evidence: Evidence) -> list[Candidate]:
    """``q.max(1, keepdim=True)[0]`` in ``reward + q.max(1)[0]``, where reward is a column and so is the prediction."""
    operation = failed(evidence, *SAME_SHAPE_LOSSES, "backward")
    items = [each for each in operation.arguments if sizes_of(each)] if operation is not None else []
    found = []
    for item, other in (items[:2], items[1::-1]) if len(items) > 1 else ():
        sizes, wanted = sizes_of(item), sizes_of(other)
        if item.span is None or len(wanted) != 2 or wanted[1] != 1 or sizes != (wanted[0], wanted[0]):
            continue
        found += [each for place in spans_behind(evidence, item.span) for each in _in_formula(evidence, place)]
    return list(dict.fromkeys(found))


def _in_formula(evidence: Evidence, place: Span) -> Iterator[Candidate]:
    """The reductions that meet a column in the arithmetic of an expression."""
    for node in walk(expression(place.text)):
        sides = (node.left, node.right) if isinstance(node, ast.BinOp) else ()
        for one, beside in (sides, sides[::-1]) if sides else ():
            factors = [spans_of(evidence, piece(place, each)) for each in _leaves(one)]
            dropped = [found for spans in factors for span in spans if (found := _dropped(span)) is not None]
            # What is no number and no column would be crossed in its turn.
            is_alone = sum(not any(_is_column(each) or _is_number(each) for each in spans) for spans in factors) == 1
            is_met = any(
                _is_column(each) for leaf in _leaves(beside) for each in spans_of(evidence, piece(place, leaf))
            )
            change = with_keyword(dropped[0], "keepdim", "True") if is_alone and is_met and dropped else None
            if change is not None:
                yield Candidate("keepdim=True", (change,), (), _COST)


def _leaves(node: ast.expr) -> list[ast.expr]:
    """What an arithmetic is made of."""
    if isinstance(node, ast.BinOp):
        return [*_leaves(node.left), *_leaves(node.right)]
    return _leaves(node.operand) if isinstance(node, ast.UnaryOp) else [node]


def _is_number(span: Span) -> bool:
    node = expression(span.text)
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def _dropped(span: Span) -> Span | None:
    """The reduction of the features that an expression ends in, which does not keep their axis."""
    node = expression(span.text)
    node = node.value if isinstance(node, ast.Attribute) and node.attr == "values" else node
    for each in receivers(node) if node is not None else ():
        if isinstance(each, ast.Call) and last_name(each.func) in (*REDUCTIONS, "max", "min"):
            told = written_axis(each)
            is_kept = len(each.args) > 1 or any(word.arg == "keepdim" for word in each.keywords)
            is_method = isinstance(each.func, ast.Attribute) and ast.unparse(each.func.value) != "torch"
            is_last = whole_number(told) in _LAST
            return piece(span, each) if is_method and is_last and not is_kept else None
        is_taken = isinstance(each, ast.Subscript) and whole_number(each.slice) == 0
        is_detached = isinstance(each, ast.Call) and last_name(each.func) in ("detach", "float")
        if not is_taken and not is_detached:
            return None
    return None


def _is_column(span: Span) -> bool:
    """Whether an expression gives a column, by what stands at its end."""
    node = expression(span.text)
    if isinstance(node, ast.Subscript):
        parts = items_of(node.slice)
        return len(parts) == 2 and ast.unparse(parts[0]) == ":" and ast.unparse(parts[1]) == "None"
    call = call_of(span)
    if call is None:
        return False
    name, given = last_name(call.func), [whole_number(each) for each in call.args]
    if name == "unsqueeze":
        return given[-1:] in ([1], [-1])
    if name in ("view", "reshape"):
        return given == [-1, 1]
    is_kept = any(word.arg == "keepdim" and ast.unparse(word.value) == "True" for word in call.keywords)
    return (name in MADE_OF_SIZES and len(given) == 2 and given[1] == 1) or is_kept
