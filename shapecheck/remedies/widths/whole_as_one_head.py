"""A width taken apart into heads that is told whole for each of them: ``d_k = d_model`` for ``d_model // h``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import prod

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Origin, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sizes.names_of_size import names_of_size
from shapecheck.reading.sources import call_around, class_around, found_at, home_around, last_name, node_at, walk

CAUSE = "whole_width_for_each_head"

_VIEWS = ("view", "reshape", "unflatten")
_COST = 0.04


def candidates(evidence: Evidence) -> list[Candidate]:
    """The width by the number of heads, where the name for one head gets the whole, or where the view is told it."""
    operation = failed(evidence, *_VIEWS)
    item = next(iter(tensors(operation)), None)
    if operation is None or item is None or not sizes_of(item):
        return []
    told = [each for each in operation.arguments if each is not item and each.value.kind == "number"]
    return [each for pair in _pairs(told, sizes_of(item)[-1]) for each in _divided(evidence, *pair)]


def _pairs(told: list[Argument], width: int) -> Iterator[tuple[Argument, Argument, int, int]]:
    """The size that is too large by the number of heads, and that number beside it, with both numbers."""
    sizes = [int(each.value.text) if each.value.text.isdecimal() else 0 for each in told]
    for at, whole in enumerate(sizes):
        for heads_at, heads in enumerate(sizes):
            if at == heads_at or heads < 2 or whole % heads or whole <= heads:
                continue
            new = [whole // heads if each == at else size for each, size in enumerate(sizes)]
            # What the last axis is taken apart into stands at the end.
            ends = (at_end for at_end in range(min(at, heads_at) + 1) if prod(new[at_end:]) == width)
            if next(ends, None) is not None:
                yield told[at], told[heads_at], whole, heads


def _divided(evidence: Evidence, wide: Argument, heads: Argument, whole: int, count: int) -> Iterator[Candidate]:
    if wide.span is None or heads.span is None or not _is_name(wide.span.text):
        return
    made = next((each for each in trace(evidence, wide.span) if _is_given(evidence, each, whole)), None)
    if made is not None and not _is_read_whole(wide.span, heads.span.text, made):
        names = list(names_of_size(evidence, made.span, count)) or _beside(evidence, made.span, count)
        if len(names) == 1:
            text = f"{made.span.text} // {names[0]}"
            yield Candidate(text, (Change(made.span, text),), (), _COST)
            return
    text = f"{wide.span.text} // {heads.span.text}"
    yield Candidate(text, (Change(wide.span, text),), (), _COST)


def _is_name(text: str) -> bool:
    return text.replace(".", "").isidentifier()


def _is_given(evidence: Evidence, origin: Origin, whole: int) -> bool:
    """Whether a name is given what has a name of its own, which is as large."""
    node = node_at(origin.span)
    up = getattr(node, "parent", None)
    up = getattr(up, "parent", None) if isinstance(up, ast.Tuple) else up
    is_assigned = isinstance(up, ast.Assign | ast.AnnAssign) and origin.is_whole
    return is_assigned and _is_name(origin.span.text) and worked_out(evidence, origin.span) == whole


def _beside(evidence: Evidence, place: Span, count: int) -> list[str]:
    """The names of the file that stand for the number of heads in front of a place outside of functions."""
    source, node = found_at(place)
    home = home_around(node)
    if source is None or not isinstance(home, ast.Module):
        return []
    frames = [frame for frame in evidence.frames if frame.is_user and frame.function == "<module>"]
    held = {name: value for frame in frames for name, value in frame.names.items()}
    stored = {
        each.id
        for each in walk(home)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store) and each.lineno < place.line
    }
    return [name for name in stored if name in held and held[name].text == str(count)]


def _is_read_whole(place: Span, heads: str, made: Origin) -> bool:
    """Whether a name is read elsewhere for the whole width: for a layer, or by a view that has no heads."""
    source, node = found_at(place)
    home = class_around(node) if place.text.startswith("self.") else home_around(node_at(made.span))
    if source is None or node is None or home is None:
        return True
    for each in walk(home):
        if not isinstance(each, ast.Name | ast.Attribute) or not isinstance(each.ctx, ast.Load):
            continue
        if ast.unparse(each) != place.text or isinstance(getattr(each, "parent", None), ast.BinOp):
            continue
        call = call_around(each)
        name = last_name(call.func) if call is not None else ""
        is_view = name in _VIEWS and call is not None
        if (
            is_view
            and call is not None
            and heads not in {ast.unparse(part) for part in walk(call) if isinstance(part, ast.expr)}
        ):
            return True
        if not is_view and name[:1].isupper():
            return True
    return False
