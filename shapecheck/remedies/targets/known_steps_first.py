"""Targets that begin with steps that the model was given, where it foretells those behind: the last ones alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import SAME_SHAPE_LOSSES, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sizes.size_texts import asked
from shapecheck.reading.sources import function_at, is_named, items_of, walk
from shapecheck.reading.sums import Sum, added_up, apart
from shapecheck.remedies.moves import put_behind

CAUSE = "target_in_other_shape"
_COST = 0.1
# The ends of windows are reckoned one from the other, by several names in a row.
_NEAR = -3


def candidates(evidence: Evidence) -> list[Candidate]:
    """``target[:, -horizon:]`` where a sample is cut ``data[a:b]`` and ``data[b - known : b + horizon]``."""
    operation = failed(evidence, *SAME_SHAPE_LOSSES)
    given, target = (operand(operation, role) for role in ("input", "target"))
    if given is None or target is None:
        return []
    have, want = sizes_of(target), sizes_of(given)
    apart_at = [axis for axis, pair in enumerate(zip(have, want, strict=False)) if pair[0] != pair[1]]
    if len(have) != len(want) or len(apart_at) != 1 or apart_at[0] == 0:
        return []
    axis = apart_at[0]
    known = [*_overlaps(evidence, given, target)]
    if not any(_is_known(evidence, each, have[axis] - want[axis]) for each in known):
        return []
    steps = [Step("item", target.role, (*[":"] * axis, f"-{want[axis]}:"))]
    return put_behind(evidence, target, f"[{':, ' * axis}-{asked(given, axis)}:]", steps, cost=_COST)


def _overlaps(evidence: Evidence, given: Argument, target: Argument) -> Iterator[tuple[Span, Sum]]:
    """How much of what a sample of the input holds that of the target begins with, if it goes on behind it."""
    for ours in _cuts(evidence, given):
        for theirs in _cuts(evidence, target):
            if ours == theirs or function_at(ours) is not function_at(theirs):
                continue
            one, other = expression(ours.text), expression(theirs.text)
            if not isinstance(one, ast.Subscript) or not isinstance(other, ast.Subscript):
                continue
            (_, end), (first, last) = _ends(ours, one), _ends(theirs, other)
            known, more = apart(end, first), apart(last, end)
            is_ahead = _is_positive(known) and _is_positive(more)
            if is_ahead and ast.dump(one.value) == ast.dump(other.value):
                yield ours, known


def _cuts(evidence: Evidence, item: Argument) -> Iterator[Span]:
    """The cuts with two ends that an operand comes from: ``data[a:b]``."""
    for origin in evidence.origins.get(item.expression, ()):
        # Of a row that a function returns, and a caller takes apart, the one that has the other in it is found out.
        for node in items_of(expression(origin.span.text)):
            cut = node.slice if isinstance(node, ast.Subscript) else None
            if isinstance(cut, ast.Slice) and cut.lower is not None and cut.upper is not None and cut.step is None:
                yield piece(origin.span, node)


def _ends(span: Span, cut: ast.Subscript) -> tuple[Sum, Sum]:
    home = function_at(span)

    def stands_for(name: ast.Name) -> ast.expr | None:
        given = [
            each.value
            for each in walk(home)
            if (isinstance(each, ast.NamedExpr) and is_named(each.target, name.id))
            or (isinstance(each, ast.Assign) and len(each.targets) == 1 and is_named(each.targets[0], name.id))
        ]
        return given[0] if len(given) == 1 else None

    assert isinstance(cut.slice, ast.Slice)
    assert cut.slice.lower is not None
    assert cut.slice.upper is not None
    lower, upper = (added_up(each, stands_for, depth=_NEAR) for each in (cut.slice.lower, cut.slice.upper))
    return lower, upper


def _is_positive(found: Sum) -> bool:
    return bool(found) and all(each > 0 for each in found.values())


def _is_known(evidence: Evidence, found: tuple[Span, Sum], more: int) -> bool:
    """Whether the steps that are known already are as many as the target has too many, as far as their number is."""
    total = 0
    for text, many in found[1].items():
        values = {
            each.span.text
            for key in evidence.chains
            if key.text == text
            for each in trace(evidence, key)
            if each.span.text.isdecimal()
        }
        if not text:
            total += many
        elif len(values) == 1:
            total += many * int(values.pop())
        else:
            return more > 0
    return total == more
