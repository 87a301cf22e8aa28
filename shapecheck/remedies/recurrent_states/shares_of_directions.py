"""A layer of both directions that was to be half as wide, where what joins its states is as wide as two of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import argument, bracketed, whole_number
from shapecheck.reading.failing import CELLS, RECURRENT, failed, number, operand
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.recurrent.state_givers import giver_of, is_of_both_directions
from shapecheck.reading.sources import class_around, found_at, home_around, is_own, user_sources, walk

_COST = 0.02


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.LSTM(n, width // self.directions, bidirectional=both)`` for ``nn.LSTM(n, width, bidirectional=both)``."""
    operation = failed(evidence, *RECURRENT, *CELLS)
    item = operand(operation, "h_0", "hx")
    if operation is None or item is None or item.span is None:
        return []
    width = number(operation, "hidden_size")
    is_double = width > 1 and width % 2 == 0 and sizes_of(item)[-1:] == (2 * width,)
    return list(_halved(evidence, operation, item, width)) if is_double else []


def _halved(evidence: Evidence, operation: Operation, item: Argument, width: int) -> Iterator[Candidate]:
    giver = giver_of(evidence, operation, item)
    given = told_for(giver, "hidden_size")
    if giver is None or given is None or not is_of_both_directions(giver) or worked_out(evidence, given) != width:
        return
    flag = argument(giver.span, "bidirectional")
    unread = _unread_count(evidence, given, flag.text) if flag is not None else ""
    if unread:
        # Where nothing counts the directions, the layer that takes the state may as well be meant to be wider.
        text = f"{bracketed(given.text)} // {unread}"
        yield Candidate(f"{given.text} -> {text}", (Change(given, text),), (), _COST)


def _unread_count(evidence: Evidence, place: Span, flag: str) -> str:
    """What the function around a place names for the number of directions, and nobody reads; else nothing."""
    _, node = found_at(place)
    home = home_around(node)
    for line in walk(home) if home is not None else ():
        for target, value in values_given(line):
            is_above = value.lineno < place.line and flag != "True"
            if is_above and _counts_directions(value, flag) and not _is_read(evidence, target):
                return ast.unparse(target)
    return ""


def _counts_directions(node: ast.expr, flag: str) -> bool:
    """Whether an expression is two or one by a flag: ``2 if both else 1``, ``1 + int(both)``."""
    if isinstance(node, ast.IfExp):
        ways = [whole_number(node.body), whole_number(node.orelse)]
        return ways == [2, 1] and ast.unparse(node.test) == flag
    ends = [node.left, node.right] if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) else []
    return {ast.unparse(each) for each in ends} in ({"1", flag}, {"1", f"int({flag})"})


def _is_read(evidence: Evidence, target: ast.expr) -> bool:
    """Whether a name is read in its function, or an attribute anywhere in its class, or by others on an object."""
    home = class_around(target) if is_own(target) else home_around(target)
    text = ast.unparse(target)
    name = target.attr if isinstance(target, ast.Attribute) else ""
    here = any(
        isinstance(each, ast.Name | ast.Attribute) and isinstance(each.ctx, ast.Load) and ast.unparse(each) == text
        for each in walk(home)
    )
    others = (each for source in user_sources(evidence) for each in walk(source.tree))
    return here or any(
        isinstance(each, ast.Attribute) and each.attr == name and not is_own(each) for each in others if name
    )
