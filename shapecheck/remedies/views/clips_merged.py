"""Clips whose frames were merged with the samples, while a layer reads them whole: turned, their channels in front."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.failing import CONVOLUTIONS, Shape, failed, kind, number, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import found_at, home_around, is_named, last_name, walk

_COST = 0.05
_VIEWS = ("view", "reshape")
_FRAMES = "the frames are counted behind it too, and a layer of single frames may be meant"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``clips.permute(0, 2, 1, 3, 4)`` for ``clips.view(b * t, c, h, w)`` in front of a Conv3d."""
    operation = failed(evidence, *CONVOLUTIONS)
    item = operand(operation, "input", "x") if operation is not None else None
    if operation is None or item is None or item.span is None:
        return []
    axes, want = int(kind(operation)[-2]) + 2, number(operation, "in_channels")
    merged = sizes_of(item)
    if len(merged) != axes - 1 or merged[1] != want:
        return []
    for span in spans_of(evidence, item.span):
        whole = _unmerged(evidence, span, merged, axes)
        if whole is not None:
            order = (0, 2, 1, *range(3, axes))
            text, doubt = f"{whole}.permute{order}", _FRAMES if _counts_frames(span) else ""
            return [Candidate(text, (Change(span, text),), (), _COST, doubt)]
    return []


def _unmerged(evidence: Evidence, span: Span, merged: Shape, axes: int) -> str | None:
    """The name of clips in a view that merges their first two axes, by the names that their sizes were given."""
    source, node = found_at(span)
    call = node if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
    if source is None or call is None or last_name(call.func) not in _VIEWS or len(call.args) != axes - 1:
        return None
    base, first = call.func.value, call.args[0]  # type: ignore[attr-defined]
    if not isinstance(base, ast.Name) or not isinstance(first, ast.BinOp) or not isinstance(first.op, ast.Mult):
        return None
    sizes = [ast.unparse(each) for each in (first.left, first.right, *call.args[1:])]
    held = held_around(evidence, source, node)
    numbers = [int(held[name].text) if name in held and held[name].text.isdecimal() else 0 for name in sizes]
    is_whole = numbers[0] * numbers[1] == merged[0] and tuple(numbers[2:]) == merged[1:]
    return base.id if is_whole and _are_its_sizes(node, base.id, sizes) else None


def _counts_frames(span: Span) -> bool:
    """Whether the size of the second axis that a view merges is read behind the view."""
    node = found_at(span)[1]
    first = node.args[0] if isinstance(node, ast.Call) else None
    frames = ast.unparse(first.right) if isinstance(first, ast.BinOp) else ""
    return any(
        is_named(each, frames) and isinstance(each.ctx, ast.Load) and each.lineno > span.line
        for each in walk(home_around(node))
    )


def _are_its_sizes(node: ast.AST | None, name: str, sizes: list[str]) -> bool:
    """Whether names were given the sizes of a tensor, each that of its axis: ``b, t, c, h, w = clips.shape``."""
    for line in walk(home_around(node)):
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Tuple):
            is_shape = ast.unparse(line.value) in (f"{name}.shape", f"{name}.size()")
            if is_shape and [ast.unparse(each) for each in line.targets[0].elts] == sizes:
                return True
    return False
