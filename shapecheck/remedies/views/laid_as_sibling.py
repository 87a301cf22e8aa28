"""Rows that hold all steps of a sample, beside their twin that has them apart, both handed to the same function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import prod

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Frame
from shapecheck.reading.edits import bracketed
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, sizes_of
from shapecheck.reading.sources import (
    Source,
    found_at,
    home_around,
    last_name,
    statement_of,
    targets_of,
    under_methods,
    walk,
)

_COST = 0.05
_AS_ARRAY = ("numpy", "cpu", "detach", "float", "double")
_VIEWS = ("reshape", "view", "view_as", "reshape_as")
_ORDER = "whether each row holds the features step by step is not known"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``scaled(guess.reshape(truth.shape)), scaled(truth)`` where guess has the steps and features in one axis."""
    operation = failed(evidence, *ELEMENTWISE)
    # What the twin has as many of as it has features is what these rows were refused by.
    widths = {sizes_of(each)[-1] for each in operation.arguments if sizes_of(each)} if operation is not None else set()
    if operation is None or len(widths) != 2:
        return []
    frames = [each for each in evidence.user_frames[:-1] if isinstance(found_at(each.span)[1], ast.Call)]
    return [found for frame in reversed(frames) for found in _as_sibling(frame, widths)][:1]


def _as_sibling(frame: Frame, widths: set[int]) -> Iterator[Candidate]:
    source, node = found_at(frame.span)
    if source is None or not isinstance(node, ast.Call) or len(node.args) != 1:
        return
    base = under_methods(node.args[0], _AS_ARRAY)
    sizes = sizes_of(frame.names.get(ast.unparse(base)))
    for other in walk(statement_of(node)) if len(sizes) == 2 else ():
        is_twin = isinstance(other, ast.Call) and other is not node and len(other.args) == 1
        if not isinstance(other, ast.Call) or not is_twin or ast.dump(other.func) != ast.dump(node.func):
            continue
        beside = under_methods(other.args[0], _AS_ARRAY)
        wanted, text = sizes_of(frame.names.get(ast.unparse(beside))), ast.unparse(beside)
        is_longer = len(wanted) > 2 and {sizes[-1], wanted[-1]} == widths
        if is_longer and wanted[0] == sizes[0] and prod(wanted) == prod(sizes):
            span = source.span(base)
            new = f"{bracketed(span.text)}.reshape({text}.shape)"
            doubt = "" if _are_laid_alike(source, node, other) else _ORDER
            yield Candidate(new, (Change(span, new),), (), _COST, doubt)


def _are_laid_alike(source: Source, node: ast.Call, other: ast.Call) -> bool:
    """Whether what comes of the one is laid as what comes of the other elsewhere: ``guess.reshape(truth.shape)``."""
    names, beside = ({ast.unparse(each) for each in targets_of(one)} for one in (node, other))
    for each in walk(home_around(node) or source.tree):
        if isinstance(each, ast.Call) and last_name(each.func) in _VIEWS and isinstance(each.func, ast.Attribute):
            told = {ast.unparse(part.value if isinstance(part, ast.Attribute) else part) for part in each.args}
            if ast.unparse(each.func.value) in names and told & beside:
                return True
    return False
