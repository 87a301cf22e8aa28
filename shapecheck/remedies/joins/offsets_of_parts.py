"""Positions in parts that are put one behind the other: each part begins where the rows of those before it end."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import failed, says
from shapecheck.reading.sources import Source, home_around, last_name, names_in, statement_of, user_sources, walk
from shapecheck.reading.vocabulary import MADE_OF_SIZES

_COST = 0.0
_SEVERAL = "several things are put one behind the other, and the positions may be those of another one"
_JOINS = ("cat", "concat", "concatenate", "vstack", "hstack")
_FACTORIES = (*MADE_OF_SIZES, "arange")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``begin += len(x)`` in a loop that puts ``x`` and ``edges + begin`` on lists, for the size of something else."""
    if failed(evidence) is None or says(evidence, r"(index|indices) .*out of (bounds|range)") is None:
        return []
    return [
        way
        for source in user_sources(evidence)
        for loop in walk(source.tree)
        if isinstance(loop, ast.For)
        for way in _counted_on(source, loop)
    ]


def _joined(loop: ast.For, *names: str) -> set[str]:
    """The lists whose items the function around a loop joins by functions of some names."""
    calls = (each for each in walk(home_around(loop) or loop) if isinstance(each, ast.Call) and each.args)
    return {ast.unparse(call.args[0]) for call in calls if last_name(call.func) in names}


def _counted_on(source: Source, loop: ast.For) -> Iterator[Candidate]:
    counts = [each for each in loop.body if isinstance(each, ast.AugAssign) and isinstance(each.op, ast.Add)]
    put = [
        (node, ast.unparse(node.func.value), node.args[0])
        for node in walk(loop)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr == "append" and len(node.args) == 1
    ]
    behind, all_joined = _joined(loop, *_JOINS), _joined(loop, *_JOINS, "stack")
    for count in counts:
        begin, counted = ast.unparse(count.target), _written(loop, count.value)
        moved = [call for call, name, item in put if begin in names_in(item) and name in all_joined]
        added = [call for call, _, item in put if call in moved and _is_added(item, begin)]
        rows = [_rows(item) for _, name, item in put if begin not in names_in(item) and name in behind]
        texts = dict.fromkeys(each for each in rows if each)
        if not moved or not texts or counted is None or whole_number(counted) is not None:
            continue
        things = [each.removeprefix("len(").removesuffix(")") for each in texts]
        right = {*texts, *(form for each in things for form in (f"{each}.size(0)", f"{each}.shape[0]"))}
        if ast.unparse(counted) in right:
            # Positions that are counted back from an end are right behind the count.
            yield from _put_behind(source, count, added[0]) if added else ()
            continue
        for text in texts:
            place, doubt = source.span(count.value), _SEVERAL if len(texts) > 1 else ""
            yield Candidate(f"{begin} += {text}", (Change(place, text),), (), _COST, doubt)


def _is_added(item: ast.expr, begin: str) -> bool:
    """Whether positions are just moved by where a part begins: ``edges + begin``."""
    is_sum = isinstance(item, ast.BinOp) and isinstance(item.op, ast.Add)
    return is_sum and begin in (ast.unparse(item.left), ast.unparse(item.right))  # type: ignore[attr-defined]


def _rows(item: ast.expr) -> str:
    """How to ask a part for its rows, or the number that it is made with; nothing where that is not plain."""
    if isinstance(item, ast.Call) and last_name(item.func) in _FACTORIES and item.args:
        first = item.args[0]
        text = ast.unparse(first.elts[0] if isinstance(first, ast.Tuple) and first.elts else first)
        return re.sub(r"^(.+)\.(?:size\(0\)|shape\[0\])$", r"len(\1)", text)
    return f"len({ast.unparse(item)})" if isinstance(item, ast.Name | ast.Attribute | ast.Subscript) else ""


def _written(loop: ast.For, value: ast.expr) -> ast.expr | None:
    """What is counted on, also by a name that the loop gives it; None for what is known by a name alone."""
    if not isinstance(value, ast.Name | ast.Attribute) or last_name(value) == "size":
        return value
    made = [each for each in loop.body if isinstance(each, ast.Assign) and each.value is not value]
    text = ast.unparse(value)
    return next((each.value for each in made if [ast.unparse(one) for one in each.targets] == [text]), None)


def _put_behind(source: Source, count: ast.AugAssign, moved: ast.AST) -> Iterator[Candidate]:
    """The count behind the line that begins a part where those before it end, in whose front it stood."""
    body, line = getattr(getattr(count, "parent", None), "body", []), statement_of(moved)
    at = body.index(count) if count in body else -1
    if line is not None and at >= 0 and body[at + 1 : at + 2] == [line]:
        first, second = source.span(count), source.span(line)
        if first.line == first.end_line and second.line == second.end_line:
            changes = (Change(first, second.text), Change(second, first.text))
            yield Candidate(f"{second.text}; {first.text}", changes, (), _COST)
