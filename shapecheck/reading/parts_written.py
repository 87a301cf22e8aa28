"""Tensors of which a script writes parts, ``out[:, :h] = x``, and a copy where backward needs them as they were."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from shapecheck.candidate import Change
from shapecheck.evidence import Span
from shapecheck.reading.assignments import names_read, values_given
from shapecheck.reading.edits import place_before, suffixed
from shapecheck.reading.sources import (
    Source,
    home_around,
    is_named,
    is_own,
    last_name,
    loop_around,
    parents,
    rounds_around,
    statement_of,
    walk,
)
from shapecheck.reading.vocabulary import ALL_ALIKE, MADE_LIKE, MADE_OF_SIZES, TENSORS

_BEGUN_EMPTY = (*ALL_ALIKE, "empty", "new_empty", "empty_like")
_COPIES = ("clone", "detach", "item")
# What makes numbers that come out of no operation.
_DATA = (*_BEGUN_EMPTY, *MADE_OF_SIZES, *MADE_LIKE, *TENSORS, "randint", "randperm", "arange", "from_numpy")


@dataclass(frozen=True, slots=True)
class PartsWritten:
    """A tensor of which parts are written.

    Args:
        span: The first statement that writes one.
        changes: The edit that leaves what was read before as it was.
        title: The same in a few words.
        count: How many statements write parts of it.
        is_once: Whether each of them is run once for one such tensor: no loop goes around them.
        reads_other_name: Whether what is written is made of the same tensor by the other name that it has.
    """

    span: Span
    changes: tuple[Change, ...]
    title: str
    count: int
    is_once: bool = False
    reads_other_name: bool = False


def parts_written(source: Source) -> Iterator[PartsWritten]:
    """The tensors of which parts are written, each with a copy: of what it is, or of what is read of it."""
    lines = [each for each in walk(source.tree) if isinstance(each, ast.Assign | ast.AugAssign) and _written(each)]
    lines = [each for each in lines if not _is_without_gradient(each)]
    lines.sort(key=lambda each: (getattr(home_around(each), "lineno", 0), _written(each), each.lineno))
    for (_, name), group in groupby(lines, key=lambda each: (home_around(each), _written(each))):
        found = list(group)
        made = _made(name, found[0])
        changes = tuple(_copied(source, name, found[0], made))
        if not changes or _is_unread_till_then(name, found, made):
            continue
        text = changes[0].text.partition("\n")[0] or f"{changes[0].span.text}.clone()"
        is_once = made is not None and all(_rounds_within(each, made) is None for each in found)
        other = ast.unparse(made) if isinstance(made, ast.Name) else ""
        is_other = bool(other) and any(other in names_read(each.value) for each in found)
        yield PartsWritten(source.span(found[0]), changes, text, len(found), is_once, is_other)


def _written(line: ast.Assign | ast.AugAssign) -> str:
    """The name of the tensor of which a statement writes a part; empty where it writes none."""
    target = line.target if isinstance(line, ast.AugAssign) else line.targets[0]
    base: ast.expr = target
    while isinstance(base, ast.Subscript):
        base = base.value
    is_named = base is not target and (isinstance(base, ast.Name) or is_own(base))
    return ast.unparse(base) if is_named else ""


def _made(name: str, first: ast.stmt) -> ast.expr | None:
    """What a function last gave a name above a statement."""
    before = [pair for each in walk(home_around(first)) if _is_above(each, first) for pair in values_given(each)]
    return next((value for target, value in reversed(before) if ast.unparse(target) == name), None)


def _is_unread_till_then(name: str, lines: list[ast.Assign | ast.AugAssign], made: ast.expr | None) -> bool:
    """Whether a tensor of its own, a copy or data, has no part written that any operation had read before."""
    is_own_one = isinstance(made, ast.Call) and last_name(made.func) in ("clone", *_DATA) and name.isidentifier()
    if not is_own_one or made is None or any(_rounds_within(each, made) is not None for each in lines):
        return False
    written = {part for each in lines for target in _targets(each) for part in walk(target) if is_named(part, name)}
    reads = {each for each in walk(home_around(lines[0])) if is_named(each, name) and isinstance(each.ctx, ast.Load)}
    return not any(made.lineno < each.lineno <= lines[-1].lineno for each in reads - written)


def _targets(line: ast.Assign | ast.AugAssign) -> list[ast.expr]:
    return [line.target] if isinstance(line, ast.AugAssign) else line.targets


def _rounds_within(line: ast.stmt, made: ast.expr) -> ast.AST | None:
    """A loop around a statement that goes round behind what made the tensor."""
    return next((up for up in rounds_around(line) if made not in walk(up)), None)


def _copied(source: Source, name: str, first: ast.stmt, made: ast.expr | None) -> Iterator[Change]:
    home = home_around(first)
    if isinstance(made, ast.Name | ast.Attribute | ast.Subscript):
        # Another name for a tensor is no copy of it.
        yield suffixed(source.span(made), ".clone()")
    elif isinstance(made, ast.Call) and last_name(made.func) in _BEGUN_EMPTY:
        yield from (suffixed(source.span(each), ".clone()") for each in _read(loop_around(first), name))
    elif made is None or not isinstance(made, ast.Constant | ast.List | ast.ListComp | ast.Dict | ast.DictComp):
        span = source.span(first)
        is_alone = source.lines[first.lineno - 1].encode()[: first.col_offset].strip() == b""
        if is_alone and (made is not None or _is_given(home, name)):
            yield Change(place_before(span), f"{name} = {name}.clone()\n{' ' * span.column}")


def _is_above(node: ast.AST, line: ast.stmt) -> bool:
    return isinstance(node, ast.Assign | ast.AnnAssign) and node.lineno < line.lineno


def _is_given(home: ast.AST | None, name: str) -> bool:
    """Whether a function is given it."""
    return isinstance(home, ast.FunctionDef) and name in [each.arg for each in (*home.args.args, *home.args.kwonlyargs)]


def _read(loop: ast.For | None, name: str) -> Iterator[ast.Subscript]:
    """Where the rounds that write parts of a tensor read others of it."""
    for node in walk(loop):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and ast.unparse(node.value) == name:
            up = getattr(node, "parent", None)
            if not (isinstance(up, ast.Attribute) and up.attr in _COPIES) and statement_of(node) is not None:
                yield node


def _is_without_gradient(node: ast.AST) -> bool:
    withs = [up for up in parents(node) if isinstance(up, ast.With)]
    return any("no_grad" in ast.unparse(item.context_expr) for up in withs for item in up.items)
