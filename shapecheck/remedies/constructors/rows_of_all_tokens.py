"""The rows of a table of tokens by what says how many there are: the table of numbers, or marks put behind the rest."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.assignments import only_value, values_given
from shapecheck.reading.edits import is_number
from shapecheck.reading.layers.outgrown_tables import outgrown_table
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import Source, found_at, is_named, last_name, names_in, walk
from shapecheck.reading.vocabulary import TENSORS

_COST, _COST_OF_MARKS = 0.04, 0.05
_DRAWS = ("randint", "randrange", "randperm", "range", "arange", "choice")
_ALSO_DRAWN = "the number says as well up to where numbers are drawn or counted, which may be meant without the marks"
_MAKERS = (*TENSORS, "array")
_FILLED = (*_MAKERS, "full", "full_like", "new_full")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``words=len(numbers)`` for ``words=10``, and ``TOKENS = 12`` for ``TOKENS = 10`` beside ``END = 11``."""
    table = outgrown_table(evidence, "Embedding", "EmbeddingBag")
    spans = spans_of(evidence, table.given, parts=True) if table is not None else []
    places = [each for each in spans if is_number(each.text)]
    source, node = found_at(places[0]) if places else (None, None)
    if table is None or source is None or node is None or worked_out(evidence, places[0]) != table.rows:
        return []
    marked = _by_marks(source, node, places[0], table.rows, table.need)
    return [*marked, *_by_table(source, node, places[0], table.need)]


def _by_marks(source: Source, node: ast.expr, place: Span, rows: int, need: int) -> Iterator[Candidate]:
    """One row for each mark that is numbered from the number of rows on, where several things go by that number."""
    name = _name_of(node)
    marks = sorted(value for value in _marks(source) if value >= rows)
    if not name or len(_reads(source, name)) < 2 or marks != list(range(rows, rows + len(marks))):
        return
    if rows < need <= rows + len(marks):
        text = str(rows + len(marks))
        steps = (Step("configure", "", ("num_embeddings", rows + len(marks))),)
        is_drawn = any(name in names_in(*call.args) for call in source.calls(*_DRAWS))
        doubt = _ALSO_DRAWN if is_drawn else ""
        yield Candidate(f"{name} = {text}", (Change(place, text),), steps, _COST_OF_MARKS, doubt)


def _by_table(source: Source, node: ast.expr, place: Span, need: int) -> Iterator[Candidate]:
    """The length of the one table in which tokens are looked up, where it stands above."""
    tables = {
        name for name in _looked_up_for_tensors(source) if (made := _made(source, name)) and made.lineno < node.lineno
    }
    if len(tables) == 1:
        text = f"len({next(iter(tables))})"
        steps = (Step("configure", "", ("num_embeddings", need)),)
        yield Candidate(f"{place.text} -> {text}", (Change(place, text),), steps, _COST)


def _looked_up_for_tensors(source: Source) -> Iterator[str]:
    """The names of tables by which the texts of a tensor become numbers: ``tensor([number[w] for w in words])``."""
    for call in source.calls(*_MAKERS):
        inside = [each for argument in call.args[:1] for each in walk(argument)]
        loops = [loop for each in inside for loop in getattr(each, "generators", ())]
        targets = {ast.unparse(loop.target) for loop in loops}
        for each in inside:
            is_asked = isinstance(each, ast.Subscript) and isinstance(each.value, ast.Name)
            if is_asked and isinstance(each, ast.Subscript) and ast.unparse(each.slice) in targets:
                yield last_name(each.value)


def _made(source: Source, name: str) -> ast.expr | None:
    """The table of this name, if it numbers what it is made of and stands outside of all functions."""
    value = only_value(source.tree, name)
    is_table = isinstance(value, ast.DictComp) and last_name(getattr(value.generators[0].iter, "func", None))
    return value if is_table == "enumerate" and value in _at_the_top(source) else None


def _at_the_top(source: Source) -> list[ast.expr]:
    return [value for line in source.tree.body for _, value in values_given(line)]


def _marks(source: Source) -> Iterator[int]:
    """The numbers with names of a file that tensors are filled with, and those that got their names on one line."""
    filled = {name for call in source.calls(*_FILLED) for each in _content(call) for name in names_in(each)}
    for line in source.tree.body:
        given = [(last_name(target), value) for target, value in values_given(line)]
        if any(name in filled for name, _ in given):
            numbers = (each.value for _, each in given if isinstance(each, ast.Constant))
            yield from (each for each in numbers if type(each) is int)


def _content(call: ast.Call) -> list[ast.expr]:
    """What a call fills a tensor with, and not what it is told of its shape."""
    at = 0 if last_name(call.func) in _MAKERS else 1
    return [*call.args[at : at + 1], *(each.value for each in call.keywords if each.arg in ("fill_value", "data"))]


def _name_of(node: ast.expr) -> str:
    """The name that a number is given outside of all functions."""
    line = getattr(node, "parent", None)
    target = line.targets[0] if isinstance(line, ast.Assign) and isinstance(line.parent, ast.Module) else None  # type: ignore[attr-defined]
    return target.id if isinstance(target, ast.Name) else ""


def _reads(source: Source, name: str) -> list[ast.AST]:
    return [each for each in walk(source.tree) if is_named(each, name) and isinstance(each.ctx, ast.Load)]
