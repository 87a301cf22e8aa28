"""The frame that a place of the source runs in, and what the names there held when the script crashed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Evidence, Frame, Span, Value
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import expression
from shapecheck.reading.sources import Source, found_at, function_around, function_of_line
from shapecheck.reading.ways_back import way_of


def frame_of(evidence: Evidence, source: Source, function: ast.FunctionDef | None) -> Frame | None:
    """The innermost frame in which a function of a file runs; with None, what stands outside of its functions."""
    name = function.name if function is not None else "<module>"
    frames = (each for each in reversed(evidence.frames) if each.function == name and each.span.file == source.file)
    return next((each for each in frames if function_of_line(source, each.span.line) is function), None)


def held_around(evidence: Evidence, source: Source | None, node: ast.AST | None) -> dict[str, Value]:
    """What the function around a node, or the script, held when it crashed; nothing where there is no node."""
    is_there = source is not None and node is not None
    frame = frame_of(evidence, source, function_around(node)) if is_there and source is not None else None
    return dict(frame.names) if frame is not None else {}


def held_on_the_way(evidence: Evidence, place: Span) -> Iterator[Value]:
    """What an expression was held as where it stands, then what the names held that it came through."""
    for span in way_of(evidence, place):
        held = held_around(evidence, *found_at(span)).get(span.text)
        if held is not None:
            yield held
        if not isinstance(expression(span.text), ast.Name | ast.Attribute):
            return


def size_held(evidence: Evidence, span: Span) -> int | None:
    """A size as it is worked out from the source, or as the name that stands there held it: ``n, steps = x.shape``."""
    size = worked_out(evidence, span)
    held = held_around(evidence, *found_at(span)).get(span.text)
    is_held = size is None and held is not None and held.kind == "number" and held.text.isdecimal()
    return int(held.text) if is_held and held is not None else size
