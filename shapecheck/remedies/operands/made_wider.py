"""The layer that made an operand made as wide as the operand beside it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.calls import calls_in
from shapecheck.reading.edits import expression, is_number, piece
from shapecheck.reading.layers.layer_arguments import GIVEN, told_for
from shapecheck.reading.origins import trace
from shapecheck.reading.sizes.names_of_size import is_shared, names_of_size
from shapecheck.reading.sizes.numbers_behind import numbers_behind
from shapecheck.reading.sources import function_at, last_name, node_at, walk
from shapecheck.reading.where_made import made_or_written
from shapecheck.remedies.widths.halves import doubted
from shapecheck.remedies.widths.reckoned import WRITTEN_OVER

# What gives back what it got, number by number.
_SAME_SHAPE = ("sigmoid", "tanh", "relu", "softmax", "gelu", "dropout", "exp", "silu", "leaky_relu")
_FOLLOWED = "other sizes of the same module follow the number"
_EITHER_FACTOR = "the layer behind the other factor may as well have been told the wrong width"
_COST_OF_ODD = 0.1
_LAYERS = ("Linear", "Embedding", "LSTM", "GRU")


def made_wider(evidence: Evidence, item: Argument, size: int, *, cost: float) -> Iterator[Candidate]:
    """The width of the layer that made an operand, where its last axis does not go with the other's."""
    record = item.value.record
    if record is None or not record.shape or record.shape[-1] == size or size < 2:
        return
    # To throw numbers away is seldom what was meant.
    cost += 0.0 if size > record.shape[-1] else 0.1
    several = trace(evidence, item.span, parts=True)
    for origin in (*made_or_written(evidence, item), *several):
        node = expression(origin.span.text)
        while (inner := _without_scale(evidence, origin.span, node)) is not None:
            node = inner
        if not isinstance(node, ast.Call):
            continue
        callee = piece(origin.span, node.func)
        for span in (each for made in trace(evidence, callee, parts=True) for each in _layers_in(made.span)):
            name = GIVEN[span.text.partition("(")[0].rpartition(".")[2]].name
            given = told_for(span, name)
            if given is not None:
                sizes = record.shape[-1], size
                yield from doubted(evidence, given, *sizes, _widths(evidence, name, given, sizes, cost))


def _without_scale(evidence: Evidence, whole: Span, node: ast.expr | None) -> ast.expr | None:
    """What an expression has the shape of: ``embed(x)`` of ``tanh(embed(x))`` and of ``embed(x) * math.sqrt(d)``."""
    if isinstance(node, ast.Call) and last_name(node.func) in _SAME_SHAPE and len(node.args) >= 1:
        return node.args[0]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div) and isinstance(node.left, ast.Call):
        is_named = isinstance(node.right, ast.Name | ast.Attribute)
        made = trace(evidence, piece(whole, node.right))[:1] if is_named else ()
        factor = expression(made[0].span.text) if made else node.right
        calls = calls_in(factor)
        is_scale = bool(calls) or isinstance(factor, ast.Constant | ast.BinOp)
        return node.left if is_scale and all(last_name(each.func) == "sqrt" for each in calls) else None
    return None


def _layers_in(made: Span) -> Iterator[Span]:
    """A layer that has a width, or the only one that a list of layers is made of."""
    root = expression(made.text)
    calls = calls_in(root)
    is_list = bool(calls) and calls[0] is root and last_name(calls[0].func) == "ModuleList"
    found = [each for each in (calls if is_list else calls[:1]) if last_name(each.func) in _LAYERS]
    if len(found) == 1 and (is_list or found[0] is root):
        yield piece(made, found[0])


def made_wider_behind_turn(
    evidence: Evidence, item: Argument, size: int, *, other_way: bool, cost: float
) -> Iterator[Candidate]:
    """The same for a factor whose last two axes are exchanged: a number, where the other factor has none, is sure."""
    plain = _turned_back(item)
    for each in made_wider(evidence, plain, size, cost=cost) if plain is not item else ():
        is_number = all(change.text.isdecimal() for change in each.changes)
        yield each.doubted(_EITHER_FACTOR if is_number and other_way else "")


def _turned_back(item: Argument) -> Argument:
    """A factor without the turn of its last two axes that stands behind it; the factor itself where there is none."""
    turn = re.search(r"\.(t\(\)|T|mT|transpose\((-1, -2|-2, -1|1, 2|2, 1)\))$", item.expression)
    record = item.value.record
    node = expression(item.expression) if turn is not None else None
    method = node.func if isinstance(node, ast.Call) else node
    inner = method.value if isinstance(method, ast.Attribute) else None
    if record is None or len(record.shape) < 2 or inner is None or item.span is None:
        return item
    shape = (*record.shape[:-2], record.shape[-1], record.shape[-2])
    value = replace(item.value, record=replace(record, shape=shape))
    return Argument(item.role, value, piece(item.span, inner))


def _widths(evidence: Evidence, name: str, given: Span, sizes: tuple[int, int], cost: float) -> Iterator[Candidate]:
    have, size = sizes
    # What counts the rows of a table was written for their width as well.
    written_twice = 0.2 if _is_written_twice(given) else 0.12
    for other in names_of_size(evidence, given, size) if is_shared(given) else ():
        # The odd one among the layers of a model is the one that was told what fewer of them were.
        is_odd = _reads(given, other) > _reads(given, given.text)
        yield Candidate(
            f"{name}={other}", (Change(given, other),), (), min(cost - written_twice, _COST_OF_ODD if is_odd else cost)
        )
    for number, new in numbers_behind(evidence, given, have, size):
        doubt = _FOLLOWED if is_shared(given) else ""
        yield Candidate(f"{number.text} -> {new}", (Change(number, str(new)),), (), cost, doubt)
    doubt = "" if is_number(given.text) else WRITTEN_OVER
    yield Candidate(f"{name}={size}", (Change(given, str(size)),), (), cost + 0.2, doubt)


def _reads(given: Span, name: str) -> int:
    """How often a function reads a name."""
    names = (each for each in walk(function_at(given)) if isinstance(each, ast.Name))
    return sum(each.id == name and isinstance(each.ctx, ast.Load) for each in names)


def _is_written_twice(given: Span) -> bool:
    """Whether a call is given the very same text for another argument as well."""
    node = node_at(given)
    call = getattr(node, "parent", None)
    return isinstance(call, ast.Call) and node is not None and list(map(ast.unparse, call.args)).count(given.text) > 1
