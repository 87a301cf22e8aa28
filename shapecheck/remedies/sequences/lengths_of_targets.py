"""Lengths that were counted of other lists than those which the targets of a CTC loss were padded or joined from."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import Source, found_at, last_name, walk

CAUSE = "lengths_of_other_sequences"
_COST = 0.03
_PADS = ("pad_sequence", "cat", "concat", "stack")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``[len(each) for each in words]`` for that of ``spaced``, beside ``pad_sequence([... for each in words])``."""
    operation = failed(evidence, "ctc_loss", "CTCLoss")
    targets, lengths = (operand(operation, role) for role in ("targets", "target_lengths"))
    if targets is None or lengths is None or targets.span is None or lengths.span is None:
        return []
    rows = next((each for place in spans_of(evidence, targets.span) for each in _padded(place)), "")
    for place in spans_of(evidence, lengths.span) if rows else ():
        counted = list(_counted(place))
        if counted:
            return [
                Candidate(f"{each.text} -> {rows}", (Change(each, rows),), (), _COST)
                for each in counted
                if each.text != rows
            ]
    return []


def _padded(place: Span) -> Iterator[str]:
    """The name of what is made one tensor: a list, or what a comprehension goes through."""
    _, node = found_at(place)
    for call in walk(node):
        given = call.args[0] if isinstance(call, ast.Call) and last_name(call.func) in _PADS and call.args else None
        loop = given.generators if isinstance(given, ast.ListComp | ast.GeneratorExp) else []
        name = loop[0].iter if len(loop) == 1 else given
        if isinstance(name, ast.Name):
            yield name.id


def _counted(place: Span) -> Iterator[Span]:
    """The name of the lists whose lengths are counted: ``[len(each) for each in rows]``, ``map(len, rows)``."""
    source, node = found_at(place)
    for each in walk(node) if source is not None else ():
        name = _through(each)
        if isinstance(name, ast.Name) and isinstance(source, Source):
            yield source.span(name)


def _through(node: ast.AST) -> ast.expr | None:
    if isinstance(node, ast.Call) and last_name(node.func) == "map" and len(node.args) == 2:
        return node.args[1] if last_name(node.args[0]) == "len" else None
    if isinstance(node, ast.ListComp | ast.GeneratorExp) and len(node.generators) == 1:
        call, target = node.elt, node.generators[0].target
        is_length = isinstance(call, ast.Call) and last_name(call.func) == "len" and len(call.args) == 1
        if is_length and isinstance(call, ast.Call) and ast.unparse(call.args[0]) == ast.unparse(target):
            return node.generators[0].iter
    return None
