"""Rows of layers that are put into a list one by one, and what each recurrent layer among them hands on."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Span
from shapecheck.reading.definitions import method_of
from shapecheck.reading.failing import RECURRENT
from shapecheck.reading.sources import Source, is_named, last_name, walk


def with_output_alone(source: Source, *, cost: float) -> Iterator[Candidate]:
    """The module that takes the output alone behind each layer, where it stands behind the loop that adds them.

    Args:
        source: The file.
        cost: What it costs.
    """
    for block in _blocks(source.tree):
        for loop, following in pairwise(block):
            name, taker = _added(following)
            layers = [_added(each) for each in loop.body] if isinstance(loop, ast.For) else []
            if not layers or layers[-1][0] != name or not _takes_output(source, taker):
                continue
            if last_name(getattr(layers[-1][1], "func", ast.Constant(0))) in RECURRENT:
                assert isinstance(loop, ast.For)
                start, last = source.span(following), source.span(loop.body[-1])
                gap = Span(start.file, start.line, 0, start.line, start.column)
                text = " " * last.column
                yield Candidate(f"{start.text} in the loop", (Change(gap, text),), (), cost)


def recurrent_added(source: Source) -> Iterator[ast.expr]:
    """The recurrent layers that are put into a list, where nothing in the file takes their output out of the tuple.

    Args:
        source: The file.
    """
    takers = [node for node in source.classes if is_taker(node)]
    for node in walk(source.tree) if not takers else ():
        layer = _added(node)[1] if isinstance(node, ast.stmt) else None
        if isinstance(layer, ast.Call) and last_name(layer.func) in RECURRENT:
            yield layer


def _blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            yield body


def _added(statement: ast.stmt) -> tuple[str, ast.expr | None]:
    """The list that a statement adds a layer to, and that layer."""
    put = statement.value if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add) else None
    if isinstance(statement, ast.AugAssign) and isinstance(put, ast.List) and len(put.elts) == 1:
        return ast.unparse(statement.target), put.elts[0]
    call = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(call, ast.Call) and last_name(call.func) == "append" and len(call.args) == 1:
        return ast.unparse(call.func).rpartition(".")[0], call.args[0]
    return "", None


def _takes_output(source: Source, node: ast.expr | None) -> bool:
    """Whether it makes a module of the user's whose forward takes the first part of its input."""
    name = last_name(node.func) if isinstance(node, ast.Call) else ""
    owners = (node for node in source.classes if node.name == name)
    return any(is_taker(owner) for owner in owners)


def is_taker(owner: ast.ClassDef) -> bool:
    """Whether the forward of a class takes the first part of its one input."""
    forward = method_of(owner, "forward")
    if forward is None or len(forward.args.args) != 2:
        return False
    given = forward.args.args[1].arg
    return any(_takes_first(each, given) for each in walk(forward))


def _takes_first(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
        return is_named(node.value, name)
    is_item = isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value == 0
    return is_item and isinstance(node, ast.Subscript) and ast.unparse(node.value) == name
