"""Which step of a sequence a piece of source leaves out: the last, which it does not read, or the first of a result."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.reading.sources import home_around, is_named, items_of, last_name, parameters, targets_of, walk
from shapecheck.reading.steps.begun_anew import is_begun_anew

# Drops the last step -> drops the first, along the same axis.
_FOLLOWING = {":, :-1": "[:, 1:]", ":-1": "[1:]"}
_FIRST = {":, 1:": "[:, 1:]", "1:": "[1:]"}
_AS_MANY = ("long", "contiguous", "clone", "float", "detach")


def last_dropped(node: ast.AST) -> str:
    """The cut that goes with one that drops the last step: ``[:, 1:]`` for ``words[:, :-1]``; else nothing."""
    return _FOLLOWING.get(_slice(node), "")


def first_dropped(node: ast.AST) -> str:
    """The cut itself, where it drops the first step."""
    return _FIRST.get(_slice(node), "")


def read_but_for_the_last(around: ast.AST, name: str) -> Iterator[str]:
    """The cuts that give what is foretold, where a function reads all steps of a sequence but the last one.

    Args:
        around: The function, or the file.
        name: The sequence there.
    """
    for node in walk(around):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == name and last_dropped(node):
            if not _is_another(around, node, name) and not is_begun_anew(node):
                yield last_dropped(node)
        elif isinstance(node, ast.For):
            yield from _of_loop(around, node, {name, *_looked_up(around, name)})


def _is_another(around: ast.AST, node: ast.AST, name: str) -> bool:
    """Whether a function inside gives the name to something of its own, which is not the one that is meant."""
    home = home_around(node)
    if home is around or not isinstance(home, ast.FunctionDef):
        return False
    base = name.partition(".")[0]
    stored = (each for each in walk(home) if is_named(each, base) and isinstance(each.ctx, ast.Store))
    return base in parameters(home) or any(stored)


def unfilled_first(around: ast.AST, name: str) -> str:
    """The cut that drops the first step of a tensor, where a loop fills it from the second one on; else nothing.

    Args:
        around: The function.
        name: The tensor there.
    """
    loops = [each for each in walk(around) if isinstance(each, ast.For)]
    for loop in loops:
        for node in walk(loop) if begins_at_second(loop) else ():
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == name:
                cut = _cut_along(node, ast.unparse(loop.target))
                if cut:
                    return cut
    return ""


def begins_at_second(loop: ast.For) -> bool:
    """Whether a loop over steps leaves the first one out: ``for t in range(1, n)``."""
    return _is_one(_ends(loop)[0])


def _of_loop(around: ast.AST, loop: ast.For, names: set[str]) -> Iterator[str]:
    """What a loop over steps foretells, where its rounds read one step less than there are."""
    counter, (begin, stop) = ast.unparse(loop.target), _ends(loop)
    for node in walk(loop):
        if not isinstance(node, ast.Subscript) or ast.unparse(node.value) not in names:
            continue
        cut = _cut_along(node, counter)
        if cut and (begin is None and _is_one_less(around, stop)):
            yield cut
        before = _cut_along(node, f"{counter} - 1")
        if before and _is_one(begin):
            yield before
        if cut and _is_one(begin) and _is_for_next_round(around, loop, node):
            yield cut


def _ends(loop: ast.For) -> tuple[ast.expr | None, ast.expr | None]:
    """Where a loop over numbers begins, None for the first of all, and where it stops; None where it counts none."""
    if not isinstance(loop.iter, ast.Call) or last_name(loop.iter.func) != "range" or len(loop.iter.args) > 2:
        return None, None
    ends = loop.iter.args
    begin = ends[0] if len(ends) == 2 and not (isinstance(ends[0], ast.Constant) and ends[0].value == 0) else None
    return begin, ends[-1] if ends else None


def _is_one(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1


def _is_one_less(around: ast.AST, stop: ast.expr | None) -> bool:
    """Whether a loop stops one before something: at ``n - 1``, or at what was made so."""
    made = [value for name, value in _given(around) if stop is not None and name == ast.unparse(stop)]
    return any(isinstance(n, ast.BinOp) and isinstance(n.op, ast.Sub) and _is_one(n.right) for n in (stop, *made))


def _is_for_next_round(around: ast.AST, loop: ast.For, node: ast.Subscript) -> bool:
    """Whether a step gets the name under which the first one stood before the loop, and which each round reads."""
    base = ast.unparse(node.value)
    names = {name for name, value in _given(loop) if any(each is node for each in walk(value))}
    before = (value for name, value in _given(around) if name in names and value.lineno < loop.lineno)
    parts = (part for value in before for part in walk(value) if isinstance(part, ast.Subscript))
    return any(ast.unparse(part.value) == base and _cut_along(part, "0") for part in parts)


def _given(around: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The names that are given something, each with that."""
    for node in walk(around):
        if isinstance(node, ast.expr):
            yield from ((ast.unparse(target), node) for target in targets_of(node))


def _cut_along(node: ast.Subscript, step: str) -> str:
    """The cut along the axis that a step is taken of: ``[:, 1:]`` for ``words[:, t]`` and ``words[:, t:t + 1]``."""
    parts = items_of(node.slice)
    for part, cut in zip(parts, ("[1:]", "[:, 1:]"), strict=False):
        text = ast.unparse(part.lower) if isinstance(part, ast.Slice) and part.lower is not None else ast.unparse(part)
        if text == step:
            return cut
        if text != ":":
            return ""
    return ""


def _looked_up(around: ast.AST, name: str) -> Iterator[str]:
    """Names of what holds a vector for each step of a sequence: ``x`` in ``x = self.drop(self.embed(words))``."""
    for target, value in _given(around):
        made: ast.expr | None = value
        while isinstance(made, ast.Call):
            is_method = isinstance(made.func, ast.Attribute) and made.func.attr in _AS_MANY and not made.args
            inner = made.func.value if is_method and isinstance(made.func, ast.Attribute) else None
            made = made.args[0] if inner is None and len(made.args) == 1 else inner
        if made is not None and made is not value and ast.unparse(made) == name:
            yield target


def _slice(node: ast.AST) -> str:
    """The index of a cut, without the axes behind that are left whole."""
    text = ast.unparse(node.slice).strip("()") if isinstance(node, ast.Subscript) else ""
    return text.removesuffix(", :") if text.count(":") > 1 else text
