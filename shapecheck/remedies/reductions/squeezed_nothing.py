"""A squeeze of an axis that is not of one, which does nothing: ``h_n.squeeze(1)`` for ``h_n.squeeze(0)``.

Of a part that a loop goes through, ``for step in x.split(1, dim=0)``, it may be right, and the parts cut amiss.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import applied_to, written_axis
from shapecheck.reading.edits import expression, piece, whole_number, with_keyword
from shapecheck.reading.failing import CELLS, STATES, Shape, failed, shape, tensors
from shapecheck.reading.mismatches import sizes_of, without_axis
from shapecheck.reading.reductions import sizes_shaped
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import Source, found_at, is_named, last_name, node_at, parents, source_of, walk
from shapecheck.reading.vocabulary import SPLITS
from shapecheck.reading.ways_back import spans_behind

_COST = 0.1
_NEAR = 6
_CUT = "the axis along which it is cut may be meant, or the one that is squeezed"
_UNSEEN = "the squeeze may have dropped another axis of one"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The axis of one that is still there in place of the one that was named."""
    operation = failed(evidence)
    found: list[Candidate] = []
    for item in tensors(operation):
        left = [axis for axis, size in enumerate(sizes_of(item)) if size == 1]
        if len(left) == 1 and len(sizes_of(item)) > 1 and item.span is not None:
            found += _named(evidence, item, left[0])
    return found


def _named(evidence: Evidence, item: Argument, left: int) -> Iterator[Candidate]:
    """The squeezes on the way to an operand that named another axis than the one of one that it has still."""
    for span in islice(spans_behind(evidence, item.span), _NEAR) if item.span is not None else ():
        for call, base, axis in _squeezes(span):
            sizes = sizes_of(held_around(evidence, *found_at(span)).get(base))
            if not sizes and (known := sizes_shaped(evidence, call)):
                # What stands behind the squeeze may have turned the axes.
                sizes, left = known, known.index(1) if known.count(1) == 1 else left
            number = whole_number(axis)
            if number is None or (sizes and (not -len(sizes) <= number < len(sizes) or sizes[number] == 1)):
                continue
            ndim = len(sizes or sizes_of(item))
            if number % ndim == left or (sizes and sizes[left : left + 1] != (1,)):
                continue
            change = Change(piece(span, axis), str(left))
            # Turned since then, the operand itself has it elsewhere.
            is_there = sizes_of(item)[left : left + 1] == (1,)
            trial = (Step("squeeze", item.role, (left,)),) if is_there else ()
            cut = _cut_amiss(source_of(span.file), node_at(span), base, left, number % ndim)
            if cut is not None:
                either = _CUT if _goes_with_state(evidence, without_axis(sizes_of(item), left)) else ""
                yield Candidate(f"{cut.text} for the cut", (cut,), (), _COST, unless_read=either)
                if either:
                    yield Candidate(f"squeeze({left})", (change,), trial, _COST, unless_read=either)
                return
            yield Candidate(f"squeeze({left})", (change,), trial, _COST, unless_read="" if sizes else _UNSEEN)
            return


def _goes_with_state(evidence: Evidence, sizes: Shape) -> bool:
    """Whether a cell would take rows of such sizes beside its state; all else may."""
    state = shape(failed(evidence, *CELLS), *STATES)
    return state is None or state[:1] == sizes[:1]


def _cut_amiss(source: Source | None, node: ast.AST | None, base: str, left: int, wanted: int) -> Change | None:
    """Another axis for the call that cuts what a loop goes through, where it is cut along the axis that is left."""
    loops = (up for up in parents(node) if isinstance(up, ast.For))
    loop = next((each for each in loops if is_named(each.target, base)), None) if node is not None else None
    cut = loop.iter if loop is not None else None
    if source is None or not isinstance(cut, ast.Call) or last_name(cut.func) not in SPLITS:
        return None
    axis = written_axis(cut, 1)
    if axis is None:
        return with_keyword(source.span(cut), "dim", str(wanted)) if left == 0 else None
    return Change(source.span(axis), str(wanted)) if whole_number(axis) == left else None


def _squeezes(span: Span) -> Iterator[tuple[Span, str, ast.expr]]:
    """The squeezes along a written axis in an expression: the call, what it is of, and that axis."""
    for node in walk(expression(span.text)):
        if not isinstance(node, ast.Call) or last_name(node.func) != "squeeze":
            continue
        base, axis = applied_to(node), written_axis(node)
        if base is not None and axis is not None:
            yield piece(span, node), ast.unparse(base), axis
