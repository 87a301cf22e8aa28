"""A choice that was written once for a whole tensor: ``x if x > 0 else slope * x``, made number by number."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.failing import says
from shapecheck.reading.sources import Source, found_at, last_name, statement_of, walk

_COST = 0.02
_WHOLE = "the branches may have been meant for the tensor as a whole, by what all or any of its numbers are"
# What makes one number of one, so that a branch made of these means each number by itself.
_EACH = (
    "exp", "log", "log1p", "expm1", "sqrt", "abs", "tanh", "sigmoid", "relu", "sin", "cos", "pow", "square", "neg",
    "clamp", "softplus", "sign", "round", "floor", "ceil",
)  # fmt: skip


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.where`` for a conditional expression, or for an ``if`` of which each branch gives back one value."""
    operation = evidence.operation if evidence.crash is not None else None
    if operation is None or operation.span is None or says(evidence, r"Boolean value of Tensor with more") is None:
        return []
    source, test = found_at(operation.span)
    if source is None or not isinstance(test, ast.Compare):
        return []
    up = getattr(test, "parent", None)
    if isinstance(up, ast.IfExp) and up.test is test:
        return _chosen(source, source.span(up), test, up.body, up.orelse)
    if isinstance(up, ast.If) and up.test is test:
        return _of_statement(source, up, test)
    return []


def _of_statement(source: Source, line: ast.If, test: ast.Compare) -> list[Candidate]:
    """Both branches return, or give a value to the same name; the second may stand behind the ``if``."""
    rest = line.orelse or _behind(line)[:1]
    one = line.body[0] if len(line.body) == 1 else None
    other = rest[0] if len(rest) == 1 else None
    if one is None or other is None:
        return []
    first, last = source.span(line), source.span(other)
    whole = Span(first.file, first.line, first.column, last.end_line, last.end_column)
    if isinstance(one, ast.Return) and isinstance(other, ast.Return) and one.value is not None and other.value:
        return _chosen(source, whole, test, one.value, other.value, "return ")
    is_given = isinstance(one, ast.Assign) and isinstance(other, ast.Assign) and bool(line.orelse)
    if is_given and isinstance(one, ast.Assign) and isinstance(other, ast.Assign):
        names = {ast.unparse(target) for each in (one, other) for target in each.targets}
        if len(names) == 1:
            return _chosen(source, whole, test, one.value, other.value, f"{names.pop()} = ")
    return []


def _behind(line: ast.If) -> list[ast.stmt]:
    """The statements behind one, in the same block."""
    body = getattr(getattr(line, "parent", None), "body", [])
    return body[body.index(line) + 1 :] if line in body else []


def _chosen(
    source: Source, whole: Span, test: ast.Compare, one: ast.expr, other: ast.expr, before: str = ""
) -> list[Candidate]:
    kinds = {_kind(one), _kind(other)}
    if "" in kinds:
        return []
    parts = ", ".join(source.span(each).text for each in (test, one, other))
    text = f"torch.where({parts})"
    compared = {ast.unparse(each) for each in (test.left, *test.comparators) if not isinstance(each, ast.Constant)}
    read = {ast.unparse(part) for each in (one, other) for part in walk(each) if isinstance(part, ast.expr)}
    is_each = kinds == {"each"} and bool(compared & read)
    # The best so far is one number, kept where a better one comes.
    is_kept = {ast.unparse(one), ast.unparse(other)} == compared and bool(
        compared & stored_in(statement_of(test) or ast.Pass())
    )
    is_each = is_each and not is_kept
    is_returned = bool(before) or isinstance(statement_of(test), ast.Return | ast.Assign)
    return [Candidate(text, (Change(whole, before + text),), (), _COST, "" if is_each and is_returned else _WHOLE)]


def _kind(node: ast.expr) -> str:
    """``"each"`` for what is reckoned number by number, ``"whole"`` for another value, nothing for no tensor."""
    if isinstance(node, ast.Constant):
        return "each" if type(node.value) in (int, float) else ""
    if isinstance(node, ast.Name | ast.Attribute):
        return "each"
    if isinstance(node, ast.BinOp):
        return "whole" if isinstance(node.op, ast.MatMult) else _both(node.left, node.right)
    if isinstance(node, ast.UnaryOp):
        return _kind(node.operand)
    if isinstance(node, ast.Call):
        if last_name(node.func) not in _EACH:
            return "whole"
        is_torchs = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) in ("torch", "F")
        owner = [] if is_torchs or not isinstance(node.func, ast.Attribute) else [node.func.value]
        return _both(*owner, *node.args)
    return "whole" if isinstance(node, ast.Subscript) else ""


def _both(*parts: ast.expr) -> str:
    kinds = {_kind(each) for each in parts}
    return "each" if kinds <= {"each"} else "" if "" in kinds else "whole"
