"""The sizes of a tensor under each other's names: ``steps, batch, width = x.shape`` for ``batch, steps, width``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import names_read
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import pair, sizes_of
from shapecheck.reading.sources import Source, items_of, last_name, parameters, parents, user_sources, walk
from shapecheck.reading.vocabulary import MADE_OF_SIZES
from shapecheck.remedies.moves import exchanged

CAUSE = "names_exchanged"
# Below what turns the result: the view between has mixed its rows.
_COST = 0.02
# What counts the samples is seldom what a loop over steps goes up to.
_SAMPLES = re.compile(r"(n|b|bs|rows?|batch\w*|samples?)", re.IGNORECASE)
_UP_TO = "the names may be right, and the loop be meant to go up to the other one"
_READ = "the names are read elsewhere as well, where they may be right"
_VIEWS = ("view", "reshape")
# What takes sizes, and refuses others.
_SIZED = (*_VIEWS, "expand", "repeat", *MADE_OF_SIZES, "range", "arange")
_TURNS = ("transpose", "permute", "swapaxes", "movedim", "t", "T", "mT")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The names exchanged, by how what has these sizes is viewed, or by the axis along which a loop goes."""
    operands = pair(failed(evidence, "add", "add_", "sub", "mul"))
    is_exchanged = operands is not None and _first_two_exchanged(*map(sizes_of, operands))
    is_in_loop = failed(evidence, "__setitem__", "setitem") is not None or _says_index(evidence)
    found: list[Candidate] = []
    for source in user_sources(evidence) if is_exchanged or is_in_loop else ():
        for function in walk(source.tree):
            if isinstance(function, ast.FunctionDef):
                rule = _viewed_otherwise if is_exchanged else _looped_otherwise
                found += rule(source, function)
    return found if len(found) == 1 else []


def _says_index(evidence: Evidence) -> bool:
    return evidence.crash is not None and evidence.crash.type == "IndexError"


def _first_two_exchanged(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return len(one) > 2 and one[0] != one[1] and other == (one[1], one[0], *one[2:])


def _unpacked(function: ast.FunctionDef) -> Iterator[tuple[str, list[ast.Name]]]:
    """What a function takes the sizes of, all of them, and the names that they are given."""
    given = parameters(function)
    for line in walk(function):
        target = line.targets[0] if isinstance(line, ast.Assign) and len(line.targets) == 1 else None
        if not isinstance(target, ast.Tuple) or not isinstance(line, ast.Assign):
            continue
        names = [each for each in target.elts if isinstance(each, ast.Name)]
        value = line.value
        is_size = isinstance(value, ast.Call) and last_name(value.func) == "size" and not value.args
        base = value.func.value if is_size and isinstance(value, ast.Call) else None  # type: ignore[attr-defined]
        if isinstance(value, ast.Attribute) and value.attr == "shape":
            base = value.value
        if isinstance(base, ast.Name) and base.id in given and len(names) == len(target.elts) > 1:
            yield base.id, names


def _viewed_otherwise(source: Source, function: ast.FunctionDef) -> Iterator[Candidate]:
    """``q(x).view(batch, steps, ...)``, where x was taken apart as ``steps, batch``."""
    for name, names in _unpacked(function):
        first, second = names[0], names[1]
        views = [
            [ast.unparse(each) for each in _sizes(call)[:2]]
            for call in walk(function)
            if isinstance(call, ast.Call) and last_name(call.func) in _VIEWS and _is_of(call, name)
        ]
        if views and all(each == [second.id, first.id] for each in views):
            doubt = _doubt(function, names)
            yield exchanged(source.span(first), source.span(second), cost=_COST).doubted(doubt)


def _sizes(call: ast.Call) -> list[ast.expr]:
    return items_of(call.args[0]) if len(call.args) == 1 else call.args


def _is_of(view: ast.Call, name: str) -> bool:
    """Whether what is viewed was made of a tensor, and its axes were not turned on the way."""
    base = view.func.value if isinstance(view.func, ast.Attribute) else None
    if base is None or name not in names_read(base):
        return False
    words = {each.attr for each in walk(base) if isinstance(each, ast.Attribute)}
    return not words & {*_TURNS, *_VIEWS}


def _looped_otherwise(source: Source, function: ast.FunctionDef) -> Iterator[Candidate]:
    """``y[:, t]`` in a loop up to what was taken for the size of the first axis of y."""
    for name, names in _unpacked(function):
        for loop in walk(function):
            if not isinstance(loop, ast.For) or not isinstance(loop.target, ast.Name):
                continue
            call = loop.iter if isinstance(loop.iter, ast.Call) and last_name(loop.iter.func) == "range" else None
            bound = ast.unparse(call.args[1 if len(call.args) > 1 else 0]) if call is not None and call.args else ""
            axes = {at for each in walk(loop) for at in _axes_along(each, name, loop.target.id)}
            if len(axes) == 1 and bound in [each.id for each in names]:
                at, along = [each.id for each in names].index(bound), axes.pop()
                if at != along < len(names):
                    doubt = _UP_TO if _SAMPLES.fullmatch(bound) else _doubt(function, [names[at], names[along]])
                    yield exchanged(source.span(names[at]), source.span(names[along]), cost=_COST).doubted(doubt)
                    return


def _doubt(function: ast.FunctionDef, names: list[ast.Name]) -> str:
    """What speaks for the names as they are: another value is made of them than sizes that would be refused."""
    exchanged_names = {each.id for each in names[:2]}
    for each in walk(function):
        if isinstance(each, ast.Name) and each.id in exchanged_names and isinstance(each.ctx, ast.Load):
            calls = (up for up in parents(each) if isinstance(up, ast.Call))
            call = next(calls, None)
            if call is None or last_name(call.func) not in _SIZED:
                return _READ
    return ""


def _axes_along(node: ast.AST, name: str, counted: str) -> Iterator[int]:
    """The axis of a tensor from which what a loop counts takes an item."""
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == name:
        for at, part in enumerate(items_of(node.slice)):
            if ast.unparse(part) == counted:
                yield at
