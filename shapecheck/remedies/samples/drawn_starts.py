"""Windows that begin where a number was drawn, and run beyond the end when it is one of the last: a smaller bound."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import bracketed, whole_number
from shapecheck.reading.failing import failed
from shapecheck.reading.sources import Source, function_around, is_named, items_of, last_name, user_sources, walk
from shapecheck.reading.sums import Sum, added_up

_WHERE = ("__setitem__", "copy_", "stack", "cat", "concat", "concatenate", "__next__")
_DRAWS = ("randint", "randrange", "integers")


@dataclass(frozen=True, slots=True)
class _Draw:
    """A number that is drawn below a bound, or up to it.

    Args:
        bound: The bound as it is written.
        beyond: By how much the largest number lies above the bound: 0 or -1.
    """

    bound: ast.expr
    beyond: int


def candidates(evidence: Evidence) -> list[Candidate]:
    """A bound by so much smaller as the last window runs beyond the end, where something was too short to be put."""
    if failed(evidence, *_WHERE) is None:
        return []
    return [found for source in user_sources(evidence) for found in _of_source(source)]


def _of_source(source: Source) -> Iterator[Candidate]:
    excess: dict[ast.expr, dict[tuple[str, ...], int]] = {}
    means = partial(_summed, source)
    for node in walk(source.tree):
        for base, axis, upper in _windows(source, node):
            end = added_up(upper, means)
            for name in list(end):
                draw = _drawn(source, node, name) if end[name] == 1 else None
                length = _length(source, base, axis, draw.bound) if draw is not None else None
                if draw is None or length is None or function_around(draw.bound) is not function_around(node):
                    continue
                last = Counter(end)
                last[name] -= 1
                last.update(added_up(draw.bound, means))
                last.subtract(length)
                known, rest = last.pop("", 0) + draw.beyond, {text: count for text, count in last.items() if count}
                is_plain = all(count == 1 and text.replace(".", "").isidentifier() for text, count in rest.items())
                if is_plain and name not in rest and known > -sum(_least(source, text) for text in rest):
                    most = excess.setdefault(draw.bound, {})
                    most[tuple(rest)] = max(most.get(tuple(rest), known), known)
    for bound, found in excess.items():
        if len(found) == 1:
            yield from _smaller(source, bound, *found.popitem())


def _smaller(source: Source, bound: ast.expr, terms: tuple[str, ...], more: int) -> Iterator[Candidate]:
    place = source.span(bound)
    text, more = _without_number(source, bound, more)
    text = "".join(
        (text, *(f" - {term}" for term in terms), f" {'-' if more > 0 else '+'} {abs(more)}" if more else "")
    )
    yield Candidate(text, (Change(place, text),), (), 0.03)


def _windows(source: Source, node: ast.AST) -> Iterator[tuple[str, int, ast.expr]]:
    """What is sliced, along which axis, and where the slice ends; a slice that has a name, too."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.ctx, ast.Load):
        return
    for axis, part in enumerate(items_of(node.slice)):
        if isinstance(part, ast.Slice) and part.upper is not None and part.lower is not None and part.step is None:
            yield ast.unparse(node.value), axis, part.upper
        given = _given(source, part) if isinstance(part, ast.Name) else part
        if isinstance(given, ast.Call) and is_named(given.func, "slice") and len(given.args) == 2:
            yield ast.unparse(node.value), axis, given.args[1]


def _least(source: Source, text: str) -> int:
    """What a size is at least: the number that is written for it, or two."""
    lines = (each for each in source.tree.body if isinstance(each, ast.Assign) and is_named(each.targets[0], text))
    return next((number for each in lines if (number := whole_number(each.value)) is not None), 2)


def _summed(source: Source, name: ast.Name) -> ast.expr | None:
    """The sum, or the length, that a name is given once and so stands for."""
    given = _given(source, name)
    return given if given is not None and (isinstance(given, ast.BinOp) or _is_length(given)) else None


def _is_length(node: ast.expr) -> bool:
    """Whether it asks for a length: ``len(x)``, ``x.size(0)``, ``x.shape[0]``."""
    if isinstance(node, ast.Subscript):
        return last_name(node.value) == "shape"
    return isinstance(node, ast.Call) and last_name(node.func) in ("len", "size", "numel")


def _given(source: Source, name: ast.Name) -> ast.expr | None:
    """What a name is given, if that is done once in its function, or else in the script."""
    for home in dict.fromkeys((function_around(name), None)):
        stores = [
            each
            for each in walk(home or source.tree)
            if isinstance(each, ast.Name | ast.arg)
            and (each.id if isinstance(each, ast.Name) else each.arg) == name.id
            and function_around(each) is home
            and not isinstance(getattr(each, "ctx", None), ast.Load)
        ]
        if stores:
            up = getattr(stores[0], "parent", None)
            if len(stores) == 1 and isinstance(up, ast.Tuple):
                return _given_among(up, up.elts.index(stores[0]))  # type: ignore[arg-type]
            is_given = len(stores) == 1 and isinstance(up, ast.Assign) and stores[0] in up.targets
            return up.value if is_given and isinstance(up, ast.Assign) else None
    return None


def _given_among(names: ast.Tuple, at: int) -> ast.expr | None:
    """What one of several names is given in one line: ``y, x = a, b``, ``height, width = image.shape[:2]``."""
    line = getattr(names, "parent", None)
    if not isinstance(line, ast.Assign) or names not in line.targets:
        return None
    if isinstance(line.value, ast.Tuple) and len(line.value.elts) == len(names.elts):
        return line.value.elts[at]
    shape = re.fullmatch(r"(\w+)\.(shape(\[:\d\])?|size\(\))", ast.unparse(line.value))
    return ast.parse(f"{shape.group(1)}.shape[{at}]", mode="eval").body if shape is not None else None


def _drawn(source: Source, node: ast.AST, name: str) -> _Draw | None:
    """The draw that a name of the function around a window comes from; an item of several that were drawn, too."""
    home = function_around(node)
    for each in walk(home or source.tree):
        if isinstance(each, ast.comprehension | ast.For) and ast.unparse(each.target) == name:
            drawn = _of_list(each.iter)
            given = _given(source, drawn) if isinstance(drawn, ast.Name) else drawn
            return _draw(source, _of_list(given)) if given is not None else None
        if is_named(each, name) and isinstance(each.ctx, ast.Load):
            given = _given(source, each)
            if function_around(each) is home and given is not None:
                while isinstance(given, ast.Call) and (last_name(given.func) == "item" or _is_int(given)):
                    given = given.args[0] if _is_int(given) else given.func.value  # type: ignore[attr-defined]
                return _draw(source, given)
    return None


def _of_list(node: ast.expr) -> ast.expr:
    """What ``drawn.tolist()`` is a list of."""
    is_list = isinstance(node, ast.Call) and last_name(node.func) == "tolist"
    return node.func.value if is_list else node  # type: ignore[attr-defined]


def _is_int(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) == "int" and len(node.args) == 1


def _draw(source: Source, node: ast.expr) -> _Draw | None:
    """``random.randint(0, n)`` may give n; what draws for torch, numpy and ``randrange`` stays below it."""
    if isinstance(node, ast.Call) and last_name(node.func) == "choice" and len(node.args) == 1:
        return _Draw(_end_of_range(node.args[0]), -1)
    if not isinstance(node, ast.Call) or last_name(node.func) not in _DRAWS:
        return None
    named = {each.arg: each.value for each in node.keywords}
    numbers = [each for each in node.args if not isinstance(each, ast.Tuple | ast.List)]
    bound = named.get("high", numbers[min(len(numbers), 2) - 1] if numbers else None)
    of_python = ast.unparse(node.func).startswith("random.") or _comes_of_python(source, node.func)
    if bound is None or isinstance(bound, ast.Starred) or {"low", "endpoint", None} & set(named):
        return None
    if isinstance(node.func, ast.Name) and not of_python:
        return None
    return _Draw(bound, 0 if of_python and last_name(node.func) == "randint" else -1)


def _end_of_range(node: ast.expr) -> ast.expr:
    """Where a range of one step ends; the node itself where it is none."""
    is_range = isinstance(node, ast.Call) and is_named(node.func, "range") and 1 <= len(node.args) <= 2
    return node.args[-1] if is_range else node  # type: ignore[attr-defined]


def _comes_of_python(source: Source, function: ast.expr) -> bool:
    """Whether a function is one of the module ``random``, taken out of it by its name."""
    found = (each for each in walk(source.tree) if isinstance(each, ast.ImportFrom) and each.module == "random")
    taken = {each.name for line in found for each in line.names if each.asname is None}
    return isinstance(function, ast.Name) and function.id in taken


def _length(source: Source, base: str, axis: int, bound: ast.expr) -> Sum | None:
    """How a bound asks for the length of what is sliced; None if it does not."""
    texts = [
        f"{base}.size({axis})",
        f"{base}.shape[{axis}]",
        *([f"len({base})", f"{base}.numel()"] if not axis else []),
    ]
    found = added_up(bound, partial(_summed, source))
    return next((Counter({text: 1}) for text in texts if found.get(text) == 1), None)


def _without_number(source: Source, bound: ast.expr, more: int) -> tuple[str, int]:
    """A bound without the number that is written at its end, ``len(x)`` of ``len(x) - 1``, and by how much it is less.

    What has to be taken off in the end is given, and is given back with that number.
    """
    number = whole_number(bound.right) if isinstance(bound, ast.BinOp) else None
    if isinstance(bound, ast.BinOp) and isinstance(bound.op, ast.Add | ast.Sub) and number is not None:
        return source.span(bound.left).text, more + (-number if isinstance(bound.op, ast.Add) else number)
    text = source.span(bound).text
    return text if isinstance(bound, ast.BinOp) else bracketed(text), more
