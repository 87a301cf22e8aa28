"""Who else reads what a loss is given, and in which shape: a change where it was made would reach them too."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import whole_number
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, found_at, function_around, last_name, parents, source_of, walk

_FLAT = ("flatten", "ravel", "squeeze")
_TURNED = ("view", "reshape")


def likelier_place(evidence: Evidence, item: Argument) -> str:
    """Whether an axis is better put to a target where it is used, or where it was made: ``"use"`` or ``"origin"``.

    What compares the target with a flat tensor takes it as it is, and would spread an axis of one over all samples.

    Args:
        evidence: The problem.
        item: The target.
    """
    source, node = found_at(item.span)
    if source is None or not isinstance(node, ast.Name):
        return "origin"
    for where, name in ((source, node), *_handed_in(evidence, item)):
        for read in walk(function_around(name) or where.tree):
            if not isinstance(read, ast.Name) or read.id != name.id or read is name:
                continue
            if any(_is_flat(evidence, where, each) for each in _beside(read)):
                return "use"
    return "origin"


def _handed_in(evidence: Evidence, item: Argument) -> Iterator[tuple[Source, ast.Name]]:
    """The names by which callers hand in what an operand is."""
    for origin in evidence.chains.get(item.span, ()) if item.span is not None else ():
        source, node = found_at(origin.span)
        if source is not None and isinstance(node, ast.Name):
            yield source, node


def _beside(read: ast.Name) -> list[ast.expr]:
    """What an expression with a name in it is compared or reckoned with."""
    inner: ast.AST = read
    for up in parents(read):
        if isinstance(up, ast.stmt):
            return []
        if isinstance(up, ast.Compare):
            return [each for each in (up.left, *up.comparators) if each is not inner]
        if isinstance(up, ast.BinOp):
            return [up.left if up.right is inner else up.right]
        if isinstance(up, ast.Call) and inner is not up.func and isinstance(up.func, ast.Attribute):
            return [up.func.value] if last_name(up.func) in ("eq", "ne", "sub", "mul") else []
        inner = up
    return []


def _is_flat(evidence: Evidence, source: Source, node: ast.expr) -> bool:
    """Whether an expression, or what its one name was made by, has lost its axes."""
    if isinstance(node, ast.Name):
        return any(
            _is_flat(evidence, made, found)
            for each in trace(evidence, source.span(node))[:1]
            if (made := source_of(each.span.file)) is not None
            and (found := made.node_at(each.span)) is not None
            and not isinstance(found, ast.Name)
        )
    if any(_flattens(each) for each in walk(node)):
        return True
    while isinstance(node, ast.Call | ast.Compare | ast.UnaryOp | ast.Attribute):
        node = _inside(node)
    # "(scores > 0.5).float()", where it is the scores that are flat.
    return isinstance(node, ast.Name) and _is_flat(evidence, source, node)


def _inside(node: ast.expr) -> ast.expr:
    """What an expression has its axes from."""
    if isinstance(node, ast.Compare):
        return node.left
    if isinstance(node, ast.UnaryOp):
        return node.operand
    if isinstance(node, ast.Attribute):
        return node.value
    is_function = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name) and node.args
    if isinstance(node, ast.Call) and is_function and ast.unparse(node.func).startswith(("torch.", "np.", "F.")):
        return node.args[0]
    return node.func if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ast.Constant(0)


def _flattens(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        name = node.func.attr
        return name in _FLAT or (name in _TURNED and [whole_number(each) for each in node.args] == [-1])
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple) and node.slice.elts:
        return whole_number(node.slice.elts[-1]) == 0
    return False
