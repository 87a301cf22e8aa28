"""Square matrices: a diagonal that is too small for what it meets, and a vector that stands for a diagonal."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import ELEMENTWISE, sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sizes.size_texts import asked
from shapecheck.reading.sources import found_at, is_named, last_name, names_in, node_at, source_of, statement_of, walk
from shapecheck.reading.ways_back import spans_behind
from shapecheck.reading.where_made import made_or_written

_COST = 0.03
_VECTOR = "it may have been meant as a vector, for a product with one"
_PARTNERS = "the rows may have been meant to meet the others, one by one, and not themselves"
_OTHER_PRODUCT = "the matrix may have been meant as the product the other way round"
_INVERTED = ("rsqrt", "reciprocal")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.eye(scores.size(0))`` beside square scores; ``torch.diag(d)`` for what divides rows or columns."""
    met = failed(evidence, *ELEMENTWISE)
    if met is not None:
        return list(_as_large(evidence, met))
    product = failed(evidence, "mm", "spmm", "hspmm")
    return list(_as_matrix(evidence, product)) if product is not None else []


def _as_large(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """The size of an ``eye`` asked of the square matrix that it meets."""
    items = [item for item in operation.arguments if item.value.record is not None and item.value.kind == "tensor"]
    for item, other in zip(items[:2], items[1::-1], strict=False):
        sizes, wanted = sizes_of(item), sizes_of(other)
        if (
            len(sizes) != 2
            or len(wanted) < 2
            or len(set(sizes)) > 1
            or wanted[-1] != wanted[-2]
            or sizes == wanted[-2:]
        ):
            continue
        for origin in made_or_written(evidence, item):
            source, root = found_at(origin.span)
            for node in walk(root):
                if source is not None and isinstance(node, ast.Call) and last_name(node.func) == "eye" and node.args:
                    text = asked(other, len(wanted) - 1)
                    change = Change(source.span(node.args[0]), text)
                    step = Step("stand_in", item.role, wanted[-2:])
                    doubt = _against(evidence, operation, root, other, sizes[0])
                    yield Candidate(f"torch.eye({text})", (change,), (step,), _COST, doubt)
                    return


def _against(evidence: Evidence, operation: Operation, made: ast.AST | None, other: Argument, size: int) -> str:
    """What stands against a larger identity: it picks pairs of two halves, or goes with the features of rows."""
    wanted = sizes_of(other)[-1]
    if wanted <= size:
        return ""
    is_left_out = any(isinstance(each, ast.Sub | ast.Invert) for each in walk(made))
    if operation.name.rpartition(".")[2] == "mul" and wanted % size == 0 and not is_left_out:
        return _PARTNERS
    for place in spans_behind(evidence, other.span):
        node = expression(place.text)
        sides = [node.left, node.right] if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult) else []
        sides = sides or (
            [*node.args] if isinstance(node, ast.Call) and last_name(node.func) in ("mm", "matmul") else []
        )
        names = set.intersection(*(names_in(each) for each in sides)) if len(sides) == 2 else set()
        shapes = {
            held.record.shape
            for frame in evidence.frames
            for name, held in frame.names.items()
            if frame.is_user and name in names and held.record is not None
        }
        if shapes & {(wanted, size), (size, wanted)}:
            return _OTHER_PRODUCT
    return ""


def _as_matrix(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """A vector that is multiplied with a square matrix as if it were one itself."""
    left, right = (operand(operation, *roles) for roles in (("input", "self"), ("mat2", "args[1]", "other")))
    for item, other in ((left, right), (right, left)):
        if item is None or other is None or item.span is None or not item.span.text.isidentifier():
            continue
        sizes, wanted = sizes_of(item), sizes_of(other)
        source, here = source_of(item.span.file), statement_of(node_at(item.span))
        if len(sizes) != 1 or len(wanted) != 2 or wanted[0 if item is left else 1] != sizes[0]:
            continue
        if source is None or here is None:
            continue
        reads = [each for each in walk(here) if is_named(each, item.span.text)]
        changes = tuple(
            Change(source.span(each), f"torch.diag({each.id})") for each in reads if isinstance(each.ctx, ast.Load)
        )
        doubt = "" if _divides(evidence, item) else _VECTOR
        yield Candidate(f"torch.diag({item.span.text})", changes, (), _COST, doubt)
        return


def _divides(evidence: Evidence, item: Argument) -> bool:
    """Whether a vector is made of sums of rows, or of columns, that were inverted: ``adj.sum(1).pow(-0.5)``."""
    assert item.span is not None
    for origin in trace(evidence, item.span):
        node = node_at(origin.span)
        parts = list(walk(node)) if node is not None else []
        summed = any(isinstance(each, ast.Call) and last_name(each.func) == "sum" for each in parts)
        if summed and any(_inverts(each) for each in parts):
            return True
    return False


def _inverts(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and last_name(node.func) in _INVERTED:
        return True
    if isinstance(node, ast.Call) and last_name(node.func) == "pow" and node.args:
        return _is_negative(node.args[-1])
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return _is_negative(node.right)
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and isinstance(node.left, ast.Constant)


def _is_negative(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
