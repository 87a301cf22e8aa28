"""Windows of a long sequence of which the last ones run beyond its end, and so are shorter than the others."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import bracketed, expression, whole_number
from shapecheck.reading.failing import failed, says
from shapecheck.reading.sources import Source, function_around, last_name, node_at, parents, user_sources, walk
from shapecheck.reading.ways_back import spans_behind

_PADDED = "the loop fills up windows that are too short, and may be meant to do so with these as well"
_NAMED = ast.Name | ast.Attribute
_UNEQUAL = (r"equal size", r"must have the same shape", r"inhomogeneous shape", r"expected sequence of length")


def candidates(evidence: Evidence) -> list[Candidate]:
    """As many windows as are whole, where a list of them could not be stacked; batches are samples to the last."""
    operation = failed(evidence, "stack", "array", "asarray", "tensor")
    if operation is None or says(evidence, *_UNEQUAL) is None:
        return []
    # A loop that ended before another size, and would not any more, makes no window longer.
    found = windows_of(evidence, operation.span)
    return [
        replace(each, doubt=_PADDED if _is_padded_there(each) else "")
        for each in found
        if not _sizes_told(each, of_was=True) and not _ends_later(each)
    ]


def windows_of(evidence: Evidence, place: Span | None) -> list[Candidate]:
    """The loops that cut what is put together at a place: there, in a function called, or beyond the end elsewhere.

    Args:
        evidence: The problem.
        place: Where windows may be put together.
    """
    found, home = list(whole_windows(evidence, cost=0.05)), function_around(node_at(place))
    homes = {id(each): function_around(node_at(each.changes[0].span)) for each in found}
    near = [each for each in found if homes[id(each)] is home]
    behind = [expression(each.text) for each in spans_behind(evidence, place)] if place is not None else []
    calls = [each for node in behind if node is not None for each in walk(node) if isinstance(each, ast.Call)]
    called = {last_name(each.func) for each in calls}
    near = near or [each for each in found if (cutter := homes[id(each)]) is not None and cutter.name in called]
    # A loop that does not ask for one of the sizes that its windows reach.
    return near or [each for each in found if _sizes_told(each, of_was=False)]


def _is_padded_there(found: Candidate) -> bool:
    """Whether the loop itself fills up windows that are too short."""
    loop = next((up for up in parents(node_at(found.changes[0].span)) if isinstance(up, ast.For)), None)
    calls = (each for each in walk(loop) if isinstance(each, ast.Call)) if loop is not None else ()
    return any(last_name(each.func) == "pad" for each in calls)


def _ends_later(found: Candidate) -> bool:
    """Whether a loop would have more rounds than before, and all that it had."""
    was, now = (expression(text) for text in (found.changes[0].span.text, found.title))
    if was is None or now is None:
        return False
    (before, parts), (behind, others) = _parts(was), _parts(now)
    return behind > before and list(map(ast.unparse, parts)) == list(map(ast.unparse, others))


def _sizes_told(found: Candidate, *, of_was: bool) -> set[str]:
    """The names in the end of a loop as it was that are not in the one that it is given, or the other way round."""
    was, now = (
        {ast.unparse(each) for each in walk(expression(text)) if isinstance(each, _NAMED)}
        for text in (found.changes[0].span.text, found.title)
    )
    return was - now if of_was else now - was


def whole_windows(evidence: Evidence, *, cost: float) -> Iterator[Candidate]:
    """A loop over the beginnings of windows that ends where the last whole one begins.

    Args:
        evidence: The problem.
        cost: What it costs.
    """
    for source in user_sources(evidence):
        loops: dict[int, tuple[ast.expr, list[tuple[int, ast.expr]]]] = {}
        for node in walk(source.tree):
            window = _window(node)
            found = _ends(node, window[0]) if window is not None else None
            if window is not None and found is not None:
                loops.setdefault(id(found), (found, []))[1].append(window[1:])
        for end, windows in loops.values():
            shifts = {shift for shift, _ in windows}
            lengths = {ast.unparse(length) for _, length in windows}
            if len(lengths) != 1 or lengths == {_step(end)}:
                # Those that begin where the one before ends are batches.
                continue
            reach = _farthest(source, end)
            text = _stop_behind(source, end, *reach) if reach else _stop(source, end, windows[0][1], max(shifts))
            if text and text != source.span(end).text:
                # What is shifted by one is there to be foretold: nothing is behind the end to be foretold.
                more = 0.0 if len(shifts) > 1 else 0.06
                yield Candidate(text, (Change(source.span(end), text),), (), cost + more)


def _farthest(source: Source, end: ast.expr) -> tuple[list[str], int] | None:
    """How far a window reaches that begins where the one before ends: ``x[at + lag : at + lag + ahead]``.

    Returns:
        The sizes, and the number beside them; None where no window does, or another one reaches as far elsewhere.
    """
    found: list[tuple[list[str], int]] = []
    for node in walk(source.tree):
        index = node.slice if isinstance(node, ast.Subscript) else None
        part = index.elts[0] if isinstance(index, ast.Tuple) and index.elts else index
        if not isinstance(part, ast.Slice) or part.lower is None or part.upper is None or part.step is not None:
            continue
        (_, begin), (last, behind) = _parts(part.lower), _parts(part.upper)
        for name in (each for each in begin if isinstance(each, ast.Name) and _ends(node, each.id) is end):
            sizes = [source.span(each).text for each in behind if ast.unparse(each) != name.id]
            if len(sizes) == len(behind) - 1:
                found.append((sizes, last))
    sizes, number = max(found, key=lambda each: (len(each[0]), each[1]), default=([], 0))
    is_all = all(not Counter(others) - Counter(sizes) for others, _ in found)
    return (sizes, number) if len(sizes) > 1 and is_all else None


def _stop_behind(source: Source, end: ast.expr, sizes: list[str], number: int) -> str:
    whole, rest = _length_in(end), 1 - number
    if whole is None:
        return ""
    text = " - ".join([source.span(whole).text, *map(bracketed, sizes)])
    return text + (f" {'+' if rest > 0 else '-'} {abs(rest)}" if rest else "")


def shifted_windows(evidence: Evidence, *, cost: float) -> Iterator[Candidate]:
    """The length of the last window, where another one begins behind it: ``min(size, len(x) - 1 - at)``.

    Args:
        evidence: The problem.
        cost: What it costs.
    """
    for source in user_sources(evidence):
        windows: dict[tuple[int, str, str, str], set[int]] = {}
        for node in walk(source.tree):
            found = _window(node)
            if found is not None and isinstance(node, ast.Subscript):
                begin, shift, length = found
                key = (id(function_around(node)), ast.unparse(node.value), begin, ast.unparse(length))
                windows.setdefault(key, set()).add(shift)
        for node in walk(source.tree):
            names = [ast.unparse(target) for target in node.targets] if isinstance(node, ast.Assign) else []
            for (home, base, first, size), shifts in windows.items():
                if names != [size] or home != id(function_around(node)) or min(shifts) or not max(shifts):
                    continue
                rest = [each for each in walk(node) if _is_rest(each, base, first)]
                for each in rest[:1]:
                    place = source.span(each)
                    text = f"{ast.unparse(each.left)} - {max(shifts)} - {first}"  # type: ignore[attr-defined]
                    yield Candidate(text, (Change(place, text),), (), cost)


def _is_rest(node: ast.AST, base: str, begin: str) -> bool:
    """Whether it is all that is left of a sequence: ``len(x) - at``."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Sub) or ast.unparse(node.right) != begin:
        return False
    return ast.unparse(node.left) in (f"len({base})", f"{base}.size(0)", f"{base}.shape[0]")


def _window(node: ast.AST) -> tuple[str, int, ast.expr] | None:
    """The name at which a window begins, how far behind it, and its length: ``x[at + 1 : at + length + 1]``."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Slice) or node.slice.step is not None:
        return None
    lower, upper = node.slice.lower, node.slice.upper
    if lower is None or upper is None:
        return None
    (first, begin), (last, end) = _parts(lower), _parts(upper)
    if len(begin) != 1 or not isinstance(begin[0], ast.Name) or first < 0:
        return None
    rest = [each for each in end if ast.unparse(each) != begin[0].id]
    if len(rest) == 1 and len(end) == 2 and last == first:
        return begin[0].id, first, rest[0]
    if not rest and len(end) == 1 and last > first:
        return begin[0].id, first, ast.Constant(last - first)
    return None


def _parts(node: ast.expr) -> tuple[int, list[ast.expr]]:
    """A sum as its whole number and its other parts."""
    number = whole_number(node)
    if number is not None:
        return number, []
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        (one, left), (other, right) = _parts(node.left), _parts(node.right)
        return one + other, [*left, *right]
    less = whole_number(node.right) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) else None
    if isinstance(node, ast.BinOp) and less is not None:
        number, parts = _parts(node.left)
        return number - less, parts
    return 0, [node]


def _ends(node: ast.AST, name: str) -> ast.expr | None:
    """Where the loop ends that a window's begin is counted by: the end of its range, if that asks for a length."""
    for up in parents(node):
        pairs = [(up.target, up.iter)] if isinstance(up, ast.For) else []
        pairs += [(each.target, each.iter) for each in getattr(up, "generators", ())]
        for target, counted in pairs:
            if not isinstance(target, ast.Name) or target.id != name:
                continue
            if not isinstance(counted, ast.Call) or last_name(counted.func) != "range" or not counted.args:
                return None
            end = counted.args[1 if len(counted.args) > 1 else 0]
            return end if _length_in(end) is not None else None
        if isinstance(up, ast.FunctionDef):
            return None
    return None


def _step(end: ast.expr) -> str:
    """How far it is from one round of a loop to the next: ``step`` of ``range(0, len(x), step)``."""
    counted = getattr(end, "parent", None)
    return ast.unparse(counted.args[2]) if isinstance(counted, ast.Call) and len(counted.args) > 2 else ""


def _length_in(end: ast.expr) -> ast.expr | None:
    """``len(x)`` in ``len(x)`` and ``len(x) - size + 1``; also ``x.shape[0]`` and ``x.size(0)``."""
    inner = end
    while isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Add | ast.Sub):
        inner = inner.left
    is_length = isinstance(inner, ast.Call) and last_name(inner.func) == "len"
    return inner if is_length or re.fullmatch(r"[\w.]+\.(shape\[0\]|size\(0\))", ast.unparse(inner)) else None


def _stop(source: Source, end: ast.expr, length: ast.expr, shift: int) -> str:
    whole = _length_in(end)
    if whole is None:
        return ""
    text, number = source.span(whole).text, whole_number(length)
    if number is not None:
        return f"{text} - {number + shift - 1}"
    behind = shift - 1
    return f"{text} - {bracketed(ast.unparse(length))}" + (
        f" {'-' if behind > 0 else '+'} {abs(behind)}" if behind else ""
    )
