"""Tells whether a number that a layer was told is the one by which windows of so many steps are cut."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, summands
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import last_name, user_sources, walk

COUNTS_STEPS = "the number that the layer was told counts the steps of a window, and may stand for that of its features"


def cuts_windows(evidence: Evidence, given: Span | None) -> bool:
    """Whether a number goes by a name, at one of the places where it is handed on, by which ``x[i:i + n]`` is cut."""
    if given is None:
        return False
    told = {name for span in spans_of(evidence, given, parts=True) for name in _called(expression(span.text))}
    return bool(told & {name for source in user_sources(evidence) for name in _windows(source.tree)})


def _called(node: ast.AST | None) -> Iterator[str]:
    """What a number is called, by a name of its own or as a setting: ``cfg.steps``, ``cfg["steps"]``."""
    if isinstance(node, ast.Name | ast.Attribute):
        yield last_name(node)
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        yield node.slice.value


def _windows(tree: ast.AST) -> Iterator[str]:
    """The names of which a slice goes so many on from where it begins."""
    for node in walk(tree):
        if isinstance(node, ast.Slice) and node.lower is not None and isinstance(node.upper, ast.BinOp):
            begin = ast.unparse(node.lower)
            parts = summands(node.upper)
            if begin in map(ast.unparse, parts):
                yield from (name for part in parts if ast.unparse(part) != begin for name in _called(part))
