"""A step that is taken along another axis than the script takes it of the same tensor elsewhere."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import expression, takes_all
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, operand, tensors
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import found_at, function_around, items_of, walk

_COST = 0.05
_EITHER = "what goes with it is taken by the same number, and that may be along the wrong axis"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``y[t]`` for ``y[:, t]`` where ``y[0]`` is read beside it, if what is left then goes with the other operand."""
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES, *ELEMENTWISE, *JOINS)
    labels = operand(operation, "target") if failed(evidence, *INDEX_LOSSES) is not None else None
    items = tensors(operation)
    found = []
    for item in items if len(items) > 1 else ():
        source, node = found_at(item.span)
        if source is None or item.span is None or not isinstance(node, ast.Subscript):
            continue
        axis, base = _axis_taken(node), ast.unparse(node.value)
        whole = sizes_of(held_around(evidence, source, node).get(base))
        home = function_around(node) or source.tree
        elsewhere = {
            _axis_taken(each)
            for each in walk(home)
            if isinstance(each, ast.Subscript) and each is not node and ast.unparse(each.value) == base
        }
        if axis is None or len(elsewhere) != 1 or (other := elsewhere.pop()) in (None, axis) or other is None:
            continue
        left = (*whole[:other], *whole[other + 1 :])
        others = [sizes_of(each) for each in items if each is not item]
        fits = any(left == sizes or (item is labels and left == sizes[:1] + sizes[2:]) for sizes in others)
        if other < len(whole) and fits:
            step = source.span(items_of(node.slice)[axis]).text
            text = f"{source.span(node.value).text}[{', '.join([':'] * other + [step])}]"
            doubt = _EITHER if any(_is_taken_by(evidence, each, step) for each in items if each is not item) else ""
            found.append(Candidate(text, (Change(item.span, text),), (), _COST, doubt))
    return found


def _is_taken_by(evidence: Evidence, item: Argument, step: str) -> bool:
    """Whether an operand is made of one item of something that the same number takes."""
    made = (expression(span.text) for span in spans_of(evidence, item.span))
    parts = (part for node in made for part in walk(node) if isinstance(part, ast.Subscript))
    return any(step in map(ast.unparse, items_of(part.slice)) for part in parts)


def _axis_taken(node: ast.Subscript) -> int | None:
    """Along which axis an index takes one item; None where it does anything else."""
    parts = items_of(node.slice)
    taken = [at for at, part in enumerate(parts) if not takes_all(part)]
    is_one = len(taken) == 1 and not isinstance(parts[taken[0]], ast.Slice | ast.Tuple | ast.List)
    is_item = is_one and not (isinstance(parts[taken[0]], ast.Constant) and parts[taken[0]].value in (None, ...))  # type: ignore[attr-defined]
    return taken[0] if is_item else None
