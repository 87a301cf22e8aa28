"""Lengths that are counted of another list than the one that is stored beside them, row by row: those of the stored."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.sources import Source, last_name, names_in, user_sources, walk
from shapecheck.reading.ways_back import spans_behind

CAUSE = "lengths_of_other_sequences"
_COST = 0.04


def candidates(evidence: Evidence) -> list[Candidate]:
    """``lengths[row] = len(codes)`` beside ``text[row, : len(codes)] = codes``, where the codes were made of a word."""
    item = operand(failed(evidence, "CTCLoss", "ctc_loss"), "target_lengths")
    if item is None or item.span is None or says(evidence, r"argument #2 'targets'") is None:
        return []
    behind = set(spans_behind(evidence, item.span))
    return [found for source in user_sources(evidence) for found in _counted_of_other(source, behind)]


def _counted_of_other(source: Source, behind: set[Span]) -> Iterator[Candidate]:
    made = {
        ast.unparse(each.targets[0])
        for each in walk(source.tree)
        if isinstance(each, ast.Assign) and source.span(each.value) in behind
    }
    for loop in (each for each in walk(source.tree) if isinstance(each, ast.For)):
        stores = [each for each in walk(loop) if isinstance(each, ast.Assign) and len(each.targets) == 1]
        stored = {(row, name) for each in stores for row, name in _stored(each.targets[0])}
        for each in stores:
            target, counted = each.targets[0], _counted(each.value)
            if not isinstance(target, ast.Subscript) or counted is None or ast.unparse(target.value) not in made:
                continue
            names = {name for row, name in stored if row == ast.unparse(target.slice)}
            for name in names - {counted.id} if len(names) == 1 else ():
                if not _is_made_of(stores, name, counted.id):
                    continue
                yield Candidate(f"len({name})", (Change(source.span(counted), name),), (), _COST)


def _stored(target: ast.expr) -> Iterator[tuple[str, str]]:
    """The row and the list of ``text[row, : len(codes)]``."""
    parts = target.slice.elts if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Tuple) else []
    if len(parts) == 2 and isinstance(parts[1], ast.Slice) and parts[1].lower is None:
        counted = _counted(parts[1].upper)
        if counted is not None:
            yield ast.unparse(parts[0]), counted.id


def _counted(node: ast.expr | None) -> ast.Name | None:
    """The list of ``len(codes)``."""
    if not isinstance(node, ast.Call) or last_name(node.func) != "len" or len(node.args) != 1:
        return None
    return node.args[0] if isinstance(node.args[0], ast.Name) else None


def _is_made_of(stores: list[ast.Assign], name: str, other: str) -> bool:
    """Whether a list is made of another one in the same round."""
    made = (each.value for each in stores if isinstance(each.targets[0], ast.Name) and each.targets[0].id == name)
    return any(other in names_in(each) for each in made)
