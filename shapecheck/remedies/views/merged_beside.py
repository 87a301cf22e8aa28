"""A tensor that keeps the two axes that what stands beside it has merged: ``cell(x.flatten(0, 1), h)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Frame, Span
from shapecheck.reading.edits import bracketed, whole_number
from shapecheck.reading.failing import Shape, failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.running import frame_of
from shapecheck.reading.sources import function_around, node_at, parents, source_of, walk

_FROM_THE_FIRST = "the steps may be meant to go one after the other, from this first one on"
_COST = 0.04


def candidates(evidence: Evidence) -> list[Candidate]:
    """The axes of an operand merged as its sibling's are, where both have the same first two axes before."""
    operation = failed(evidence)
    found: dict[tuple[Change, ...], Candidate] = {}
    for item in tensors(operation):
        for place in _places(evidence, item.span):
            changes, is_taken = _merged(evidence, place)
            if changes:
                doubt = _FROM_THE_FIRST if is_taken else ""
                title = ", ".join(each.text for each in changes)
                found.setdefault(changes, Candidate(title, changes, (), _COST, doubt))
    return list(found.values())


def _places(evidence: Evidence, span: Span | None) -> Iterator[Span]:
    """Where an operand is used, and where callers handed it in."""
    if span is not None:
        yield span
        yield from (origin.span for origin in evidence.chains.get(span, ()))


def _merged(evidence: Evidence, place: Span) -> tuple[tuple[Change, ...], bool]:
    """What a tensor, or each of a pair, is with its axes merged, and whether one step was taken out of it instead."""
    node, source = node_at(place), source_of(place.file)
    frame = frame_of(evidence, source, function_around(node)) if source is not None else None
    if node is None or source is None or frame is None:
        return (), False
    parts = node.elts if isinstance(node, ast.Tuple | ast.List) else [node]
    kept = {_axes_of(frame, _base(part)) for part in parts}
    beside = {_axes_of(frame, other) for other in _merged_beside(node)}
    if len(kept) != 1 or None in kept or not kept <= beside:
        return (), False
    changes = []
    for part in parts:
        text = f"{bracketed(source.span(_base(part)).text)}.flatten(0, 1)"
        changes.append(Change(source.span(part), text))
    return tuple(changes), any(part is not _base(part) for part in parts)


def _base(node: ast.expr) -> ast.expr:
    """The tensor that one step is taken out of, or the expression itself."""
    return node.value if isinstance(node, ast.Subscript) and whole_number(node.slice) is not None else node


def _axes_of(frame: Frame, node: ast.expr) -> Shape | None:
    """The first two axes of a tensor that has more, by its name."""
    sizes = sizes_of(frame.names.get(ast.unparse(node)))
    return sizes[:2] if len(sizes) > 2 else None


def _merged_beside(node: ast.expr) -> Iterator[ast.expr]:
    """What is merged of the other operands of the call, the list or the operation that an expression stands in."""
    below: ast.AST = node
    for up in parents(node):
        if isinstance(up, ast.Call | ast.BinOp | ast.List | ast.Tuple):
            others = [each for each in ast.iter_child_nodes(up) if each is not below]
            if isinstance(up, ast.Call) and below is up.func:
                return
            for other in others:
                for each in walk(other):
                    if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and _merges(each):
                        yield each.func.value
            return
        if not isinstance(up, ast.keyword | ast.Starred):
            return
        below = up


def _merges(call: ast.Call) -> bool:
    """Whether a call merges the first two axes of a tensor and leaves the others."""
    name, given = getattr(call.func, "attr", ""), [whole_number(each) for each in call.args]
    if name == "flatten":
        return given == [0, 1] and not call.keywords
    return name in ("reshape", "view") and len(given) > 1 and given[0] == -1
