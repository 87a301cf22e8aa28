"""Changes that turn the axes of what is turned right there: undone where they only undo that, and never for sure."""

from __future__ import annotations

import ast
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.reading.edits import expression, piece, whole_number

_DOUBT = "what stands there turns the axes already, and may turn others than are meant"
_TURNS = ("transpose", "swapaxes", "t")


def turned_already(candidate: Candidate) -> Candidate:
    """The change in doubt, where it puts a turn behind a turn; without either, where they are the same.

    >>> from shapecheck.evidence import Span
    >>> change = Change(Span("net.py", 1, 0, 1, 5, "x.t()"), "x.t().transpose(0, 1)")
    >>> turned_already(Candidate("", (change,))).changes[0].text
    'x'
    """
    if len(candidate.changes) != 1:
        return candidate
    change = candidate.changes[0]
    node, new = expression(change.span.text), expression(change.text)
    before, added = _axes(node), _axes(new)
    if isinstance(node, ast.Attribute) and node.attr == "T":
        # What has two axes, and is turned as a whole.
        before = frozenset((0, 1))
    if before is None or added is None or not isinstance(new, ast.Call) or not isinstance(new.func, ast.Attribute):
        return candidate
    if ast.unparse(new.func.value) != ast.unparse(node or new):
        return candidate
    turn = node.func if isinstance(node, ast.Call) else node
    if not before or before != added or not isinstance(turn, ast.Attribute):
        return candidate.doubted(_DOUBT)
    text = piece(change.span, turn.value).text
    return replace(candidate, title=text, changes=(Change(change.span, text),)).doubted(_DOUBT)


def _axes(node: ast.expr | None) -> frozenset[int] | None:
    """The two axes that a call exchanges; no two where it turns others, and None where it turns none."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    if node.func.attr in _TURNS:
        told = [whole_number(each) for each in node.args] if node.func.attr != "t" else [0, 1]
        return frozenset(each for each in told if each is not None)
    return frozenset() if node.func.attr == "permute" else None
