"""Which layer reads what a line makes, and how wide it wants it: the line itself failed, the layer stands ready."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from shapecheck.evidence import Evidence, Span, Value
from shapecheck.reading.sources import (
    begin_of,
    function_around,
    is_named,
    last_name,
    node_at,
    parents,
    statement_of,
    walk,
)

# What a layer calls the width of its input, which is the last axis of it.
_WIDTHS = ("in_features", "input_size")
# What leaves the last axis as it is, as a layer or as a function.
_KEEP = ("Dropout", "ReLU", "GELU", "Tanh", "Sigmoid", "dropout", "relu", "gelu", "tanh", "sigmoid")
_NUMBER_BY_NUMBER = ("exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "relu", "square", "abs", "pow")
# How many calls that keep the width may stand between an expression and the layer that reads it.
MAX_STEPS = 4


def width_wanted(evidence: Evidence, span: Span) -> int | None:
    """The width for which the layer that reads an expression was made; None where none is seen to read it.

    Args:
        evidence: The problem; its frame holds the layers.
        span: The expression, in the line that failed.
    """
    return _wanted(evidence, node_at(span), evidence.held)


def _wanted(evidence: Evidence, node: ast.AST | None, held: Mapping[str, Value]) -> int | None:
    for _ in range(MAX_STEPS):
        call = _reader(node) if node is not None else None
        if call is None:
            return None
        layer = held.get(ast.unparse(call.func))
        told = [layer.config[name] for name in _WIDTHS if name in layer.config] if layer is not None else []
        if told:
            return told[0] if type(told[0]) is int else None
        if not keeps_width(evidence, call):
            return None
        node = call
    return None


def width_wanted_of_numbers(evidence: Evidence, span: Span) -> int | None:
    """The same for what is reckoned from an expression number by number, in this line, or where it is returned to."""
    node: ast.AST | None = node_at(span)
    while isinstance(up := _reckoned(node), ast.AST):
        node = up
    if isinstance(getattr(node, "parent", None), ast.Return):
        outer = [frame for frame in evidence.frames if frame.is_user][:-1]
        return _wanted(evidence, node_at(outer[-1].span), outer[-1].names) if outer else None
    return _wanted(evidence, node, evidence.held)


def _reckoned(node: ast.AST | None) -> ast.AST | None:
    """What an expression is a part of that has as many numbers: a sum, a product, ``torch.exp`` of it."""
    up = getattr(node, "parent", None)
    if isinstance(up, ast.BinOp) and not isinstance(up.op, ast.MatMult):
        return up
    if isinstance(up, ast.UnaryOp):
        return up
    method = getattr(up, "parent", None) if isinstance(up, ast.Attribute) else None
    call = up if isinstance(up, ast.Call) and up.args == [node] else method
    is_one = (
        isinstance(call, ast.Call) and (call is up or call.func is up) and last_name(call.func) in _NUMBER_BY_NUMBER
    )
    return call if is_one else None


def keeps_width(evidence: Evidence, call: ast.Call) -> bool:
    """Whether what is called leaves the last axis of what it is given as it is: a dropout, an activation."""
    layer = evidence.held.get(ast.unparse(call.func))
    return (layer.type if layer is not None else last_name(call.func)) in _KEEP


def _reader(node: ast.AST) -> ast.Call | None:
    """The call that is given an expression first, right where it stands or by the name that it is given."""
    up = getattr(node, "parent", None)
    if isinstance(up, ast.Call):
        return up if up.args and up.args[0] is node else None
    if not isinstance(up, ast.Assign) or len(up.targets) != 1 or not isinstance(up.targets[0], ast.Name):
        return None
    return next(_calls_behind(up, up.targets[0].id), None)


def _calls_behind(statement: ast.Assign, name: str) -> Iterator[ast.Call]:
    """The first calls behind a statement that are given a name, as far as it means the same."""
    *_, home = statement, *parents(statement)
    reads = [each for each in walk(function_around(statement) or home) if is_named(each, name)]
    for read in sorted(reads, key=begin_of):
        if read.lineno <= (statement.end_lineno or statement.lineno):
            continue
        at = statement_of(read)
        call = getattr(read, "parent", None)
        if isinstance(read.ctx, ast.Store) and not _reads_itself(at, name):
            return
        if isinstance(call, ast.Call) and call.args and call.args[0] is read:
            yield call


def _reads_itself(statement: ast.stmt | None, name: str) -> bool:
    """Whether a statement that gives a name anew reads it as well: ``x = self.norm(x)``."""
    value = statement.value if isinstance(statement, ast.Assign) else None
    return value is not None and any(is_named(each, name) for each in walk(value))
