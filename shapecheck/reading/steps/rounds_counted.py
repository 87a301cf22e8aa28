"""How many rounds a loop has that counts by a name."""

from __future__ import annotations

import ast

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.running import held_around, size_held
from shapecheck.reading.sizes.asked_sizes import ASKED
from shapecheck.reading.sources import Source, last_name, parents
from shapecheck.reading.ways_back import spans_behind


def rounds_of(evidence: Evidence, source: Source, node: ast.AST, name: str) -> int | None:
    """How many rounds the loop has that counts by a name, where that is known."""
    for up in parents(node):
        loops = up.generators if isinstance(up, ast.ListComp | ast.GeneratorExp) else [up]
        for loop in loops:
            if not isinstance(loop, ast.For | ast.comprehension) or not isinstance(loop.iter, ast.Call):
                continue
            kind, given = last_name(loop.iter.func), loop.iter.args
            target = loop.target.elts[0] if isinstance(loop.target, ast.Tuple) else loop.target
            counts = 2 if kind == "range" else 1
            if kind not in ("range", "enumerate") or not 0 < len(given) <= counts or ast.unparse(target) != name:
                continue
            # A loop that leaves out the first ones goes along the same axis.
            span = source.span(given[-1])
            return _number(evidence, source, span) if kind == "range" else _length(evidence, source, span)
    return None


def _number(evidence: Evidence, source: Source, span: Span) -> int | None:
    """What a loop counts up to: a number, or a size that is asked of a tensor by its name."""
    asked, node = ASKED.fullmatch(span.text), source.node_at(span)
    if asked is None or node is None:
        return size_held(evidence, span)
    held = held_around(evidence, source, node).get(asked.group(1) or asked.group(4))
    sizes = sizes_of(held)
    axis = int(asked.group(2) or asked.group(3) or 0)
    return sizes[axis] if -len(sizes) <= axis < len(sizes) else None


def _length(evidence: Evidence, source: Source, span: Span) -> int | None:
    """How many items something has: by what is held, or by how a list of layers was made."""
    node = source.node_at(span)
    held = held_around(evidence, source, node).get(span.text)
    if held is not None and "len" in held.facts:
        return int(held.facts["len"])
    # Of a part of something nothing is known by the whole.
    is_whole = isinstance(node, ast.Name | ast.Attribute)
    for place in spans_behind(evidence, span, only_whole=True) if is_whole else ():
        made = expression(place.text)
        inner = made.args[0] if isinstance(made, ast.Call) and len(made.args) == 1 else made
        if isinstance(inner, ast.List | ast.Tuple):
            return len(inner.elts)
        rounds = inner.generators[0].iter if isinstance(inner, ast.ListComp) and len(inner.generators) == 1 else None
        if isinstance(rounds, ast.Call) and last_name(rounds.func) == "range" and len(rounds.args) == 1:
            return worked_out(evidence, piece(place, rounds.args[0]))
    return None
