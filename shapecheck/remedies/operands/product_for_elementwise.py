"""The product of two matrices, where their numbers were multiplied one by one: ``x @ weight`` for ``x * weight``."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.edits import bracketed, expression
from shapecheck.reading.failing import Shape, failed
from shapecheck.reading.mismatches import is_learned, pair, sizes_of
from shapecheck.reading.sources import found_at, last_name, statement_of, walk
from shapecheck.reading.vocabulary import MATMULS, TURNS
from shapecheck.reading.where_made import made_or_written

CAUSE = "elementwise_for_product"
_COST = 0.05
_OTHERWISE = "their sizes make a product of matrices, and something else may have been meant to make them alike"
_PRODUCTS = (*MATMULS, "einsum", "linear")
_TURNED = (*TURNS, "softmax", "Softmax")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.matmul(x, w)`` for ``torch.mul(x, w)``, and ``x @ w`` for ``x * w``."""
    operation = failed(evidence, "mul", "multiply")
    operands = pair(operation)
    if operation is None or operands is None or not _makes_product(*map(sizes_of, operands)):
        return []
    change = _written(operation, *operands)
    if change is None:
        return []
    right = sizes_of(operands[1])[-2:]
    # Without a turn of one of them they would be alike.
    is_turned = sizes_of(operands[0])[-2:] == right[::-1]
    is_meant = _is_learned(evidence, operands[1]) or any(_is_turned(evidence, each) for each in operands)
    # A square one leaves the shape as it is: it may be a mask, or a table, of which some rows were to be taken.
    is_square = right[0] == right[1] and not _stands_beside_product(operation)
    doubt = _OTHERWISE if is_turned or is_square or not is_meant else ""
    return [Candidate(change.text, (change,), (), _COST + 0.3 * is_turned, doubt, _OTHERWISE)]


def _stands_beside_product(operation: Operation) -> bool:
    """Whether the same statement makes a product of matrices of other operands: ``x @ w + h * u``."""
    node = found_at(operation.span)[1]
    own = set(walk(node))
    return any(_makes_one(each) for each in walk(statement_of(node)) if each not in own)


def _makes_one(node: ast.AST) -> bool:
    is_call = isinstance(node, ast.Call) and last_name(node.func) in _PRODUCTS
    return is_call or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult))


def _makes_product(left: Shape, right: Shape) -> bool:
    """Whether a product of matrices can be made of two shapes, and of their numbers one by one none."""
    if min(len(left), len(right)) < 2 or left[-1] != right[-2] or 1 in (*left[-2:], *right[-2:]):
        return False
    return len(right) == 2 or left[:-2] == right[:-2]


def _written(operation: Operation, left: Argument, right: Argument) -> Change | None:
    source, node = found_at(operation.span)
    if source is None or operation.span is None or left.span is None or right.span is None:
        return None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return Change(operation.span, f"{bracketed(left.span.text)} @ {bracketed(right.span.text)}")
    if isinstance(node, ast.Call) and not node.keywords and isinstance(node.func, ast.Attribute):
        span = source.span(node.func)
        return Change(span, f"{span.text.removesuffix(node.func.attr)}matmul")
    return None


def _is_learned(evidence: Evidence, item: Argument) -> bool:
    """Whether a matrix is one of weights: a parameter, or what the script asks for gradients of where it makes it."""
    asks = any("requires_grad" in each.span.text for each in made_or_written(evidence, item))
    return is_learned(evidence, item) or (asks and item.value.facts.get("requires_grad") == 1)


def _is_turned(evidence: Evidence, item: Argument) -> bool:
    """Whether a factor was turned for a product, or holds the shares by which another one is weighed."""
    for text in (item.expression, *(each.span.text for each in made_or_written(evidence, item)[:2])):
        root = expression(text)
        # What was turned for a product inside went into it.
        inside = {part for each in walk(root) if _makes_one(each) for part in walk(each)}
        for each in walk(root):
            name = last_name(each.func) if isinstance(each, ast.Call) else getattr(each, "attr", "")
            if name in _TURNED and each not in inside:
                return True
    return False
