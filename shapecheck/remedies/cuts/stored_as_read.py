"""What a loop stores at its step along the samples, where it reads its steps along the second axis: ``[:, t]``."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import index_parts, takes_all
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sizes.said_sizes import stored
from shapecheck.reading.sources import names_in, node_at, parents, walk

_COST = 0.1
_IN_FRONT = "the loop takes as many steps as the first axis has, and may be meant to read along it"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``outputs[:, t] = step`` beside ``words[:, t]``, where both have as many samples and steps."""
    operation, said = failed(evidence, "__setitem__"), stored(evidence)
    buffer, index = (operand(operation, role) for role in ("self", "index"))
    if buffer is None or index is None or index.span is None or said is None:
        return []
    sizes, given, parts = sizes_of(buffer), said[1], [part for part, _ in index_parts(index.span)]
    if len(sizes) < 2 or len(parts) != 1 or not isinstance(parts[0], ast.Name):
        return []
    if given != (sizes[0], *sizes[2:]) or not _goes_along_second(evidence, parts[0].id, sizes[:2]):
        return []
    text = f":, {parts[0].id}"
    doubt = _IN_FRONT if sizes[0] in _rounds(evidence) and sizes[0] != sizes[1] else ""
    return [Candidate(f"[{text}]", (Change(index.span, text),), (), _COST, doubt)]


def _rounds(evidence: Evidence) -> set[int]:
    """How many rounds the loops round the failing line are told to take, where a number or a known name says it."""
    node = node_at(evidence.operation.span) if evidence.operation is not None else None
    loops = [up.iter for up in parents(node) if isinstance(up, ast.For)]
    ends = [each.args[-1 if len(each.args) < 3 else 1] for each in loops if isinstance(each, ast.Call) and each.args]
    held = [evidence.held.get(ast.unparse(each)) for each in ends]
    texts = [ast.unparse(end) if value is None else value.text for end, value in zip(ends, held, strict=True)]
    return {int(text) for text in texts if text.isdecimal()}


def _goes_along_second(evidence: Evidence, step: str, sizes: tuple[int, ...]) -> bool:
    """Whether the loop takes its step of the second axis of something with as many samples and steps."""
    operation = evidence.operation
    node = node_at(operation.span) if operation is not None else None
    loop = next((up for up in parents(node) if isinstance(up, ast.For) and step in names_in(up.target)), None)
    for each in walk(loop):
        inside = each.slice if isinstance(each, ast.Subscript) and isinstance(each.ctx, ast.Load) else None
        if not isinstance(each, ast.Subscript) or not isinstance(inside, ast.Tuple) or len(inside.elts) < 2:
            continue
        held = sizes_of(evidence.held.get(ast.unparse(each.value)))
        if takes_all(inside.elts[0]) and step in names_in(inside.elts[1]) and held[:2] == sizes:
            return True
    return False
