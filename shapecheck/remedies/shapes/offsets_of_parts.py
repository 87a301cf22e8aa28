"""Positions in parts that are put one behind the other: each part begins where the rows of those before it end."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import expression, whole_number
from shapecheck.reading.failing import failed, says
from shapecheck.reading.sources import Source, last_name, names_in, statement_of, user_sources, walk
from shapecheck.reading.ways_back import spans_behind

_COST = 0.0
_SEVERAL = "several things are put one behind the other, and the positions may be those of another one"
_JOINS = ("cat", "concat", "concatenate", "vstack", "hstack")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``begin += len(x)`` in a loop that puts ``x`` and ``edges + begin`` on lists, for the size of something else."""
    operation = failed(evidence)
    places = [item.span for item in (operation.arguments if operation is not None else ()) if item.span is not None]
    if not places or says(evidence, r"out of (bounds|range)") is None:
        return []
    joined = {name for span in spans_behind(evidence, *places) for name in _joined(expression(span.text))}
    return [
        way
        for source in user_sources(evidence)
        for loop in walk(source.tree)
        if isinstance(loop, ast.For)
        for way in _counted_on(source, loop, joined)
    ]


def _joined(node: ast.AST | None) -> Iterator[str]:
    """The lists whose items are put one behind the other."""
    for call in ast.walk(node) if node is not None else ():
        if isinstance(call, ast.Call) and last_name(call.func) in _JOINS and call.args:
            yield ast.unparse(call.args[0])


def _counted_on(source: Source, loop: ast.For, joined: set[str]) -> Iterator[Candidate]:
    counts = [each for each in loop.body if isinstance(each, ast.AugAssign) and isinstance(each.op, ast.Add)]
    put = [(node, ast.unparse(node.func.value)) for node in walk(loop) if _appends(node)]  # type: ignore[attr-defined]
    for count in counts:
        begin = ast.unparse(count.target)
        moved = [(call, name) for call, name in put if begin in names_in(*call.args) and name in joined]  # type: ignore[attr-defined]
        rows = [call.args[0] for call, name in put if begin not in names_in(*call.args) and name in joined]  # type: ignore[attr-defined]
        # A part of what is joined has as many rows as its name, whatever is made of each of them.
        texts = dict.fromkeys(ast.unparse(each) for each in rows if isinstance(each, ast.Name | ast.Attribute))
        if not moved or not texts:
            continue
        counted = ast.unparse(count.value)
        right = [form for text in texts for form in (f"len({text})", f"{text}.size(0)", f"{text}.shape[0]")]
        if counted in right:
            yield from _put_behind(source, count, moved[0][0])
        elif whole_number(count.value) is None:
            for text in texts:
                place = source.span(count.value)
                doubt = _SEVERAL if len(texts) > 1 else ""
                title = f"{begin} += len({text})"
                yield Candidate(title, (Change(place, f"len({text})"),), (), _COST, doubt)


def _put_behind(source: Source, count: ast.AugAssign, moved: ast.AST) -> Iterator[Candidate]:
    """The count behind the line that begins a part where those before it end, in whose front it stood."""
    body, line = getattr(getattr(count, "parent", None), "body", []), statement_of(moved)
    at = body.index(count) if count in body else -1
    if line is not None and at >= 0 and body[at + 1 : at + 2] == [line]:
        first, second = source.span(count), source.span(line)
        if first.line == first.end_line and second.line == second.end_line:
            changes = (Change(first, second.text), Change(second, first.text))
            yield Candidate(f"{second.text}; {first.text}", changes, (), _COST)


def _appends(node: ast.AST) -> bool:
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append"
    return is_method and isinstance(node, ast.Call) and len(node.args) == 1
