"""A row of each sample (n, 1, d) that met rows without that axis (n, d), so that each sample met all: (n, n, d)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, shape
from shapecheck.reading.sources import Source, home_around, last_name, names_in, statement_of, user_sources, walk

_COST = 0.02
_PRODUCTS = ("bmm", "matmul")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.bmm(q.unsqueeze(1), w) + self.bias(s).unsqueeze(1)``, where each sample came with each."""
    operation = failed(evidence, *SAME_SHAPE_LOSSES, *INDEX_LOSSES)
    given, target = (shape(operation, role) for role in ("input", "target"))
    if operation is None or operation.span is None or not given or not target or target[0] < 2:
        return []
    samples = target[0]
    if given[0] != samples**2 and given[:2] != (samples, samples):
        return []
    # A model without a name has left no calls that could be looked up.
    rows = set(_rows(evidence, samples)) if evidence.trace else None
    places = [each for source in user_sources(evidence) for each in _met(source, rows)]
    return [_mended(*places[0])] if len(places) == 1 else []


def _rows(evidence: Evidence, samples: int) -> Iterator[str]:
    """The layers that gave one row a sample, by their names."""
    for entry in evidence.trace or ():
        if entry.call.outputs and all(each.shape[:1] == (samples,) and each.ndim == 2 for each in entry.call.outputs):
            yield entry.call.module.rpartition(".")[2]


def _met(source: Source, rows: set[str] | None) -> Iterator[tuple[Source, ast.expr, ast.expr]]:
    """The sums of a product that has one row a sample along an axis of its own, and of what a layer gave."""
    for node in walk(source.tree):
        if not isinstance(node, ast.BinOp) or isinstance(node.op, ast.MatMult):
            continue
        for product, other in ((node.left, node.right), (node.right, node.left)):
            text = ast.unparse(other.func) if isinstance(other, ast.Call) else ""
            is_layer = text.startswith("self.") and (rows is None or text.removeprefix("self.") in rows)
            if _is_of_one_row(product) and is_layer:
                yield source, product, other


def _is_of_one_row(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        first = node.left
    elif isinstance(node, ast.Call) and last_name(node.func) in _PRODUCTS and node.args:
        first = node.args[0]
    else:
        return False
    return isinstance(first, ast.Call) and ast.unparse(first).endswith(".unsqueeze(1)")


def _mended(source: Source, product: ast.expr, other: ast.expr) -> Candidate:
    """An axis for the rows where the sum is multiplied again as it is; else without that of the product."""
    statement, home = statement_of(product), home_around(product)
    names = {ast.unparse(name) for name, _ in values_given(statement)} if statement is not None else set()
    again = [
        each
        for each in walk(home)
        if (isinstance(each, ast.Call) and last_name(each.func) in _PRODUCTS and names_in(*each.args[:1]) & names)
        or (isinstance(each, ast.BinOp) and isinstance(each.op, ast.MatMult) and names_in(each.left) & names)
    ]
    change = suffixed(source.span(other), ".unsqueeze(1)") if again else suffixed(source.span(product), ".squeeze(1)")
    return Candidate(change.text, (change,), (), _COST)
