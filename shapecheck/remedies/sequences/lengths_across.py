"""Lengths that were counted along the samples: ``(ids != PAD).sum(1)`` of tokens whose steps lie first."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import written_axis
from shapecheck.reading.definitions import values_returned
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.sources import last_name, source_of, walk
from shapecheck.reading.ways_back import spans_behind

_MODULES = {"self", "torch", "nn", "F"}
_COUNTS = ("sum", "count_nonzero")
_TURNS = re.compile(r"\.(t|T|mT|transpose|permute|movedim|swapaxes)\b|rearrange")


def counted_across(
    evidence: Evidence, lengths: Span, padded: Span, *, is_first: bool, cost: float
) -> Iterator[Candidate]:
    """The count along the other axis, where lengths and padded tensor come of the same tokens, unturned.

    Args:
        evidence: The problem.
        lengths: The lengths in the call that packs.
        padded: The padded tensor there.
        is_first: Whether that call is told that the samples lie first.
        cost: What it costs.
    """
    texts = [span.text for span in spans_behind(evidence, padded)]
    if any(_TURNS.search(text) for text in texts):
        return
    behind = {name for text in texts for name in _names(expression(text))}
    for span in spans_behind(evidence, lengths):
        node = expression(span.text)
        if node is None or _TURNS.search(span.text) or not behind & _names(node):
            continue
        for each in (span, *_returned(span, node)):
            for axis in _axes(each):
                if axis.text in ("0", "1", "-1") and (axis.text == "0") is is_first:
                    new = "1" if axis.text == "0" else "0"
                    yield Candidate(f"dim {axis.text} -> {new}", (Change(axis, new),), (), cost)
                    return


def _names(node: ast.AST | None) -> set[str]:
    """What an expression reads, but for what it calls."""
    nodes = list(walk(node)) if node is not None else []
    called = [each.func for each in nodes if isinstance(each, ast.Call)]
    return {each.id for each in nodes if isinstance(each, ast.Name) and each not in called} - _MODULES


def _returned(span: Span, node: ast.expr) -> Iterator[Span]:
    """What a function of the same file returns, where an expression is a call of it."""
    source = source_of(span.file)
    name = last_name(node.func) if isinstance(node, ast.Call) else ""
    for function in source.functions if source is not None else ():
        if function.name == name and source is not None:
            yield from map(source.span, values_returned(function))


def _axes(span: Span) -> Iterator[Span]:
    """The axes along which an expression counts."""
    node = expression(span.text)
    for call in walk(node):
        if isinstance(call, ast.Call) and last_name(call.func) in _COUNTS:
            axis = written_axis(call)
            if axis is not None:
                yield piece(span, axis)
