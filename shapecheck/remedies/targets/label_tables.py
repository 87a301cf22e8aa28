"""Scores counted by a list of names, where the labels come through a table that was made of the list and more."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.definitions import values_returned
from shapecheck.reading.edits import argument, expression
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import Source, function_around, last_name, names_in, node_at, user_sources, walk
from shapecheck.remedies.targets.counts import SCORES, counted

MAY_HOLD_MORE = "the labels come through a table, which may have an entry more than the model has classes"


def counted_by_table(evidence: Evidence, *, cost: float) -> list[Candidate]:
    """The entries of the table instead of the names: ``len(index)`` for ``len(NAMES)``.

    Args:
        evidence: The problem.
        cost: What it costs.
    """
    found: dict[tuple[Change, ...], Candidate] = {}
    for source in user_sources(evidence):
        for call in source.calls(*SCORES):
            given = argument(source.span(call), *SCORES[last_name(call.func)])
            spans = spans_of(evidence, given, parts=True)
            for span in (*spans, *(counted(evidence, given) if given is not None else ())):
                node = expression(span.text)
                if isinstance(node, ast.Call) and last_name(node.func) == "len" and len(node.args) == 1:
                    for table in _tables(source, node_at(span), ast.unparse(node.args[0])):
                        change = (Change(span, f"len({table})"),)
                        found.setdefault(change, Candidate(change[0].text, change, (), cost))
    several = "" if len(found) < 2 else MAY_HOLD_MORE
    return [replace(each, doubt=several) for each in found.values()]


def _tables(source: Source, use: ast.expr | None, names: str) -> Iterator[str]:
    """The tables made of a list that can be read where it is counted, and in which something is looked up."""
    for statement in walk(source.tree):
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1 or use is None:
            continue
        table, home = statement.targets[0], function_around(statement)
        is_here = home is None or (home is function_around(use) and statement.lineno < use.lineno)
        if not isinstance(table, ast.Name) or not is_here or not names.isidentifier() or table.id == names:
            continue
        if _is_made_with_more(source, statement, table.id, names) and _is_looked_up(source, table.id):
            yield table.id


def _is_made_with_more(source: Source, statement: ast.Assign, table: str, names: str) -> bool:
    """Whether a statement, or what fills its dict, makes one entry for each name and may make others beside these."""
    value = statement.value
    if names in names_in(value):
        spread = [each for each in _dicts(value) if _is_spread(each, names)]
        joined = isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr) and bool(_dicts(value))
        return bool(spread) or joined or _gives_dict(source, value)
    if not isinstance(value, ast.Dict) or not value.keys:
        return False
    loops = (each for each in walk(source.tree) if isinstance(each, ast.For) and names in names_in(each.iter))
    return any(_stores(each, table) for loop in loops for each in walk(loop))


def _dicts(value: ast.expr) -> list[ast.expr]:
    """The dicts that are written out in an expression that is one, or puts several together."""
    parts = [value.left, value.right] if isinstance(value, ast.BinOp) else [value]
    return [each for each in parts if isinstance(each, ast.Dict | ast.DictComp)]


def _is_spread(value: ast.expr, names: str) -> bool:
    """Whether a dict takes in another one that has an entry for each name: ``{"?": 0, **{... for name in NAMES}}``."""
    if not isinstance(value, ast.Dict):
        return False
    parts = [part for key, part in zip(value.keys, value.values, strict=True) if key is None]
    return any(isinstance(part, ast.DictComp) and names in names_in(part) for part in parts)


def _gives_dict(source: Source, value: ast.expr) -> bool:
    """Whether an expression calls a function of the script that fills a dict which it began with entries of its own."""
    name = last_name(value.func) if isinstance(value, ast.Call) else ""
    made = (each for each in source.functions if each.name == name)
    for function in made:
        given = set(map(ast.unparse, values_returned(function)))
        begun = [each for each in walk(function) if isinstance(each, ast.Assign)]
        filled = {
            ast.unparse(each.targets[0])
            for each in begun
            if (isinstance(each.value, ast.Dict) and each.value.keys) or isinstance(each.value, ast.DictComp)
        }
        if any(_stores(each, text) for text in given & filled for each in walk(function)):
            return True
    return False


def _stores(node: ast.AST, table: str) -> bool:
    is_item = isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
    return is_item and ast.unparse(node.value) == table  # type: ignore[attr-defined]


def _is_looked_up(source: Source, table: str) -> bool:
    """Whether the script takes single entries out of a table."""
    read = (each for each in walk(source.tree) if isinstance(each, ast.Subscript | ast.Attribute))
    return any(
        ast.unparse(each.value) == table and isinstance(each.ctx, ast.Load)
        for each in read
        if isinstance(each, ast.Subscript) or each.attr in _LOOKS_UP
    )


_LOOKS_UP = ("get", "__getitem__")
