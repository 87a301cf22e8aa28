"""Finds the expressions that a list was filled with, and which of its items each of them has given."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import (
    Source,
    begin_of,
    found_at,
    function_around,
    is_named,
    parents,
    statement_of,
    walk,
)

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_BRANCHES = (ast.If, ast.IfExp, ast.Try, ast.Match)


@dataclass(frozen=True, slots=True)
class Part:
    """An expression that is put into a list, once or in every round of a loop.

    Args:
        span: The expression.
        places: The items of the list that it has given.
    """

    span: Span
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Block:
    """What is put in one after the other, once or again in every round."""

    spans: tuple[Span, ...]
    is_repeated: bool = False


def parts_of(evidence: Evidence, place: Span, count: int) -> tuple[Part, ...]:
    """The expressions that a list was filled with, in the order of their first items.

    Args:
        evidence: The problem.
        place: The list: a name, or lists that are added.
        count: How many items it has.

    Returns:
        The expressions; none where it cannot be told which gave which item.
    """
    blocks = _blocks(evidence, place)
    if not blocks:
        return ()
    repeated = [block for block in blocks if block.is_repeated]
    once = sum(len(block.spans) for block in blocks if not block.is_repeated)
    if len(repeated) > 1 or count < once or (not repeated and count != once):
        return ()
    rounds, rest = divmod(count - once, len(repeated[0].spans)) if repeated else (1, 0)
    if rest:
        return ()
    found, at = [], 0
    for block in blocks:
        size, times = len(block.spans), rounds if block.is_repeated else 1
        found += [
            Part(span, tuple(at + near + size * turn for turn in range(times)))
            for near, span in enumerate(block.spans)
            if times
        ]
        at += size * times
    return tuple(found)


def _blocks(evidence: Evidence, place: Span) -> list[_Block] | None:
    """The blocks of an expression; None where they are not known."""
    source, node = found_at(place)
    if source is None or node is None:
        return None
    own = _written(evidence, source, node)
    if own is not None:
        return own
    for spot in spans_of(evidence, place, parts=True):
        there, use = found_at(spot)
        made = _made(there, use) if there is not None and isinstance(use, ast.Name) else None
        if there is not None and made is not None and isinstance(use, ast.Name):
            return _filled(evidence, there, made, use.id)
    return None


def _made(source: Source, use: ast.Name) -> ast.expr | None:
    """The list that a name is given at first in the function around a place, where it is one."""
    function = function_around(use)
    found = [
        node
        for node in walk(function or source.tree)
        if isinstance(node, ast.List | ast.ListComp)
        and function_around(node) is function
        and _assigned(node) == use.id
        and node.lineno <= use.lineno
    ]
    return found[0] if len(found) == 1 else None


def _written(evidence: Evidence, source: Source, node: ast.expr) -> list[_Block] | None:
    """The blocks of a list that is written out, of one for each item of something, and of lists that are added."""
    if isinstance(node, ast.List | ast.Tuple):
        if any(isinstance(each, ast.Starred) for each in node.elts):
            return None
        return [_Block(tuple(source.span(each) for each in node.elts))]
    if isinstance(node, ast.ListComp):
        is_plain = len(node.generators) == 1 and not isinstance(node.elt, ast.IfExp)
        return [_Block((source.span(node.elt),), is_repeated=True)] if is_plain else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = [_blocks(evidence, source.span(each)) for each in (node.left, node.right)]
        return [*sides[0], *sides[1]] if sides[0] is not None and sides[1] is not None else None
    return None


def _assigned(made: ast.expr) -> str:
    """The name that a list is given where it is made, alone or among others."""
    up, statement = getattr(made, "parent", None), statement_of(made)
    if not isinstance(statement, ast.Assign | ast.AnnAssign):
        return ""
    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
    if isinstance(up, ast.Tuple) and isinstance(target, ast.Tuple) and len(target.elts) == len(up.elts):
        target = target.elts[up.elts.index(made)]
    elif up is not statement:
        return ""
    return target.id if isinstance(target, ast.Name) else ""


def _filled(evidence: Evidence, source: Source, made: ast.expr, name: str) -> list[_Block] | None:
    """What a list is made with and what is put into it afterwards, in the same function."""
    blocks = _written(evidence, source, made)
    if blocks is None:
        return None
    function = function_around(made)
    around = set(map(id, parents(made)))
    last: ast.AST | None = None
    for node in _uses(function or source.tree, name):
        if node.lineno < made.lineno or function_around(node) is not function:
            continue
        if isinstance(node.ctx, ast.Store) and not isinstance(getattr(node, "parent", None), ast.AugAssign):
            # From there on it is something else.
            return blocks
        put = _put(node)
        if put is None:
            return None
        given, is_front = put
        inside = [up for up in parents(node) if id(up) not in around]
        loops = [up for up in inside if isinstance(up, _LOOPS)]
        if any(isinstance(up, _BRANCHES) for up in inside) or len(loops) > 1 or (is_front and loops):
            return None
        spans = tuple(source.span(each) for each in given)
        loop = loops[0] if loops else None
        if is_front:
            blocks.insert(0, _Block(spans))
        elif loop is not None and loop is last:
            blocks[-1] = _Block((*blocks[-1].spans, *spans), is_repeated=True)
        else:
            blocks.append(_Block(spans, is_repeated=loop is not None))
        last = None if is_front else loop
    return blocks


def _uses(root: ast.AST, name: str) -> Iterator[ast.Name]:
    """The places where a name is changed or set again, in the order of the text; not where it is set at first."""
    names = [node for node in walk(root) if is_named(node, name)]
    found = sorted(names, key=begin_of)
    first = next((node for node in found if isinstance(node.ctx, ast.Store)), None)
    for node in found:
        up = getattr(node, "parent", None)
        is_method = isinstance(up, ast.Attribute) and isinstance(getattr(up, "parent", None), ast.Call)
        if is_method or (not isinstance(node.ctx, ast.Load) and node is not first):
            yield node


def _put(node: ast.Name) -> tuple[list[ast.expr], bool] | None:
    """What is put into a list there, and whether at its front; None where it is changed otherwise."""
    up = getattr(node, "parent", None)
    if isinstance(up, ast.AugAssign):
        return (up.value.elts, False) if isinstance(up.op, ast.Add) and isinstance(up.value, ast.List) else None
    call = getattr(up, "parent", None)
    if not isinstance(up, ast.Attribute) or not isinstance(call, ast.Call) or call.keywords:
        return None
    if up.attr == "append" and len(call.args) == 1:
        return [call.args[0]], False
    if up.attr == "extend" and len(call.args) == 1 and isinstance(call.args[0], ast.List):
        return call.args[0].elts, False
    if up.attr == "insert" and len(call.args) == 2:
        at = call.args[0]
        return ([call.args[1]], True) if isinstance(at, ast.Constant) and at.value == 0 else None
    return None
