"""A mask with an axis for each of batch and time, beside losses for which both were merged."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from math import prod

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sources import function_around, names_in, node_at, walk
from shapecheck.reading.vocabulary import RESHAPES, TURNS
from shapecheck.remedies.moves import put_behind

_TOGETHER = (
    "add", "sub", "mul", "div", "mul_", "where", "masked_fill", "masked_fill_", "masked_select",
    "__getitem__", "__setitem__",
)  # fmt: skip
_ORDER = "its numbers may have to be merged in another order than they lie in, with another axis first"
# Behind what is known of how the one that is flat came about.
_COST, _UNSURE = 0.03, 0.2


def candidates(evidence: Evidence) -> list[Candidate]:
    """The axes merged as they are in what it stands beside, of which as many numbers are there."""
    operation = failed(evidence, *_TOGETHER)
    found: list[Candidate] = []
    for flat, whole in _pairs(operation) if operation is not None else ():
        step = Step("reshape", whole.role, (-1,))
        doubt = "" if _is_merged_alike(evidence, flat, whole) else _ORDER
        prefer = "origin" if _is_made_here(evidence, whole) else "use"
        cost = _COST + _UNSURE * bool(doubt)
        changed = put_behind(evidence, whole, ".reshape(-1)", [step], cost=cost, prefer=prefer)
        found += [replace(each, doubt=doubt) for each in changed]
    return found


def _pairs(operation: Operation) -> Iterator[tuple[Argument, Argument]]:
    """A tensor of one axis, and another one that has as many numbers along several."""
    items = [item for item in tensors(operation) if item.span is not None]
    for flat in items:
        for whole in items:
            sizes = sizes_of(whole)
            if len(sizes_of(flat)) == 1 and len(sizes) > 1 and min(sizes) > 1 and sizes_of(flat)[0] == prod(sizes):
                yield flat, whole


def _is_made_here(evidence: Evidence, item: Argument) -> bool:
    """Whether the function that uses it has made it too: others may need its axes."""
    origins = trace(evidence, item.span)
    return bool(origins) and function_around(node_at(origins[0].span)) is function_around(node_at(item.span))


def _is_merged_alike(evidence: Evidence, flat: Argument, whole: Argument) -> bool:
    """Whether something of the same axes, or the same thing, was merged as it lies on the way to the flat one."""
    held = {
        name: value.record.shape for frame in evidence.frames for name, value in frame.names.items() if value.record
    }
    origins = trace(evidence, whole.span)
    used = names_in(*(expression(each.text) for each in (whole.span, *(one.span for one in origins[:1])) if each))
    spans = spans_of(evidence, flat.span)
    is_square = len(set(sizes_of(whole))) == 1
    bases = [piece(span, base) for span in spans if span is not None for base in _merged(expression(span.text))]
    for base in bases:
        name = base.text
        if is_square and name not in used and _is_turned(evidence, base):
            # The sizes do not tell that the axes changed places.
            continue
        if held.get(name) == sizes_of(whole) or (name in used and name not in held):
            return True
    return False


def _is_turned(evidence: Evidence, base: Span) -> bool:
    """Whether the axes of what was merged were exchanged where it got its name."""
    made = (expression(each.span.text) for each in trace(evidence, base))
    methods = (node.func if isinstance(node, ast.Call) else node for node in made)
    return any(isinstance(each, ast.Attribute) and each.attr in TURNS for each in methods)


def _merged(node: ast.expr | None) -> Iterator[ast.expr]:
    """What is made one axis in an expression: ``y`` in ``loss(x, y.view(-1))``."""
    for each in walk(node):
        method = each.func if isinstance(each, ast.Call) and len(each.args) < 2 else None
        if isinstance(method, ast.Attribute) and method.attr in RESHAPES:
            yield method.value
