"""A batch of one part that is still in its list: the loop takes the part out, ``for (x,) in loader``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence, Frame
from shapecheck.reading.edits import replaced
from shapecheck.reading.failing import failed, says
from shapecheck.reading.sources import found_at, is_named, names_in, parents

CAUSE = "parts_counted_otherwise"
_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """``for (x,) in loader`` for ``for x in loader``, where each ``x`` is a list of one tensor and goes on as it is."""
    operation = failed(evidence)
    if says(evidence, r"\bnot (?:list|tuple)\b", r"'(?:list|tuple)' object") is None:
        # What takes a row of tensors, such as a cat, failed for another reason.
        return []
    items = operation.arguments if operation is not None else ()
    if not any(item.value.kind in ("list", "tuple") and len(item.value.items) == 1 for item in items):
        return []
    return [each for frame in evidence.user_frames for each in _taken_out(frame)]


def _taken_out(frame: Frame) -> Iterator[Candidate]:
    """The loop around the line of a frame, where it hands on the whole list."""
    source, node = found_at(frame.span)
    if source is None or not isinstance(node, ast.Call):
        return
    for up in parents(node):
        name = up.target.id if isinstance(up, ast.For) and isinstance(up.target, ast.Name) else ""
        held = frame.names.get(name)
        is_row = held is not None and held.kind in ("list", "tuple") and len(held.items) == 1
        is_tensor = held is not None and is_row and held.items[0].kind == "tensor"
        if isinstance(up, ast.For) and is_tensor and name in names_in(*node.args) and not _is_taken_apart(up, name):
            text = f"({name},)"
            yield Candidate(f"for {text} in", (replaced(source.span(up.target), text),), (), _COST)


def _is_taken_apart(loop: ast.For, name: str) -> bool:
    """Whether the loop asks for items of the list elsewhere, ``x[0]``: it knows that it is one."""
    return any(
        isinstance(each, ast.Subscript) and is_named(each.value, name) for line in loop.body for each in ast.walk(line)
    )
