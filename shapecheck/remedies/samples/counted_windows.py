"""A data set that counts windows whose target lies behind the end: ``len(self.series) - self.window`` of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.failing import says
from shapecheck.reading.sources import class_around, function_around, names_in, node_at, source_of


def candidates(evidence: Evidence) -> list[Candidate]:
    """As many windows as have all that ``__getitem__`` reads of them."""
    operation = evidence.operation
    node = node_at(operation.span) if operation is not None else None
    source = source_of(operation.span.file) if operation is not None and operation.span is not None else None
    getter, owner = function_around(node), class_around(node)
    if source is None or owner is None or getter is None or getter.name != "__getitem__":
        return []
    if not isinstance(node, ast.Subscript) or not says(evidence, r"out of (bounds|range)"):
        return []
    index = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
    behind = _behind(index, getter.args.args[1].arg) if len(getter.args.args) == 2 else None
    if behind is None or names_in(behind) & stored_in(getter):
        return []
    whole = f"len({ast.unparse(node.value)})"
    more = source.span(behind).text
    text = f"{whole} - {f'({more})' if isinstance(behind, ast.BinOp) else more}"
    return [
        Candidate(text, (Change(source.span(given), text),), (), 0.1)
        for given in _counts(owner)
        if whole in ast.unparse(given) and ast.unparse(given) != text
    ]


def _behind(index: ast.expr, name: str) -> ast.expr | None:
    """How far behind the number of the sample it is read: ``self.window`` of ``i + self.window``."""
    if not isinstance(index, ast.BinOp) or not isinstance(index.op, ast.Add):
        return None
    for one, other in ((index.left, index.right), (index.right, index.left)):
        if isinstance(one, ast.Name) and one.id == name and name not in names_in(other):
            return other
    return None


def _counts(owner: ast.ClassDef) -> Iterator[ast.expr]:
    """What the length of a data set is said to be."""
    for each in owner.body:
        if isinstance(each, ast.FunctionDef) and each.name == "__len__":
            yield from (one.value for one in ast.walk(each) if isinstance(one, ast.Return) and one.value is not None)
