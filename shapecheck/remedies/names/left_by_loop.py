"""What a loop over all items but the last has left in its name, where the last item was meant behind the loop."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.calls import calls_in
from shapecheck.reading.definitions import called_as
from shapecheck.reading.edits import expression, piece, whole_number
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import given_for, spans_of, trace
from shapecheck.reading.sources import (
    Source,
    home_around,
    is_named,
    last_name,
    parents,
    user_sources,
    walk,
)

# Below what tells the reader the size of the step before too: its own line is the one that says what it reads.
_COST = 0.02
# Where the items are not known.
_COST_UNSEEN = 0.4
_LEFT = "what the loop has left in the name may be what is meant behind it"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``layer(before, sizes[-1])`` for ``layer(before, size)`` behind ``for size in sizes[:-1]``."""
    if failed(evidence) is None:
        return []
    found = [each for source in user_sources(evidence) for each in _left(evidence, source)]
    return found if len(found) == 1 else []


def _left(evidence: Evidence, source: Source) -> Iterator[Candidate]:
    for loop in (each for each in source.loops if isinstance(each, ast.For)):
        for name, items in _all_but_last(loop):
            for read in _read_again(loop, name):
                text = f"{ast.unparse(items)}[-1]"
                numbers = _last_two(evidence, source, items)
                if numbers is not None and not _fits(evidence, *numbers):
                    continue
                is_sure = numbers is not None and not _is_given_already(loop, read, text)
                cost, doubt = _COST if numbers is not None else _COST_UNSEEN, "" if is_sure else _LEFT
                yield Candidate(f"{name} -> {text}", (Change(source.span(read), text),), (), cost, doubt)


def _all_but_last(loop: ast.For) -> Iterator[tuple[str, ast.expr]]:
    """The names of a loop that go over all items but the last, each with what has them all: ``size``, ``sizes``."""
    target, over = loop.target, loop.iter
    pairs = [(target, over)]
    if isinstance(over, ast.Call) and isinstance(target, ast.Tuple):
        parts, kind = target.elts, last_name(over.func)
        if kind == "zip":
            pairs = list(zip(parts, over.args, strict=False))
        elif kind == "enumerate" and len(parts) == 2 and over.args:
            pairs = [(parts[1], over.args[0])]
    for one, items in pairs:
        cut = items.slice if isinstance(items, ast.Subscript) else None
        is_cut = isinstance(cut, ast.Slice) and cut.lower is None and cut.step is None and cut.upper is not None
        if is_cut and whole_number(cut.upper) == -1 and isinstance(one, ast.Name):  # type: ignore[union-attr]
            yield one.id, items.value  # type: ignore[attr-defined]


def _read_again(loop: ast.For, name: str) -> Iterator[ast.Name]:
    """Where a call behind a loop is given the name just as the same call in the loop was, and nobody the last item."""
    home, end = home_around(loop), loop.end_lineno or loop.lineno
    nodes = [each for each in walk(home) if is_named(each, name) and each.lineno > end]
    if any(not isinstance(each.ctx, ast.Load) for each in nodes):
        return
    inside = {(ast.dump(call.func), place) for call in calls_in(loop) for place in _places(call, name)}
    for call in calls_in(home) if home is not None else ():
        if call.lineno <= end or any(isinstance(up, ast.For | ast.While) for up in _up_to(call, home)):
            continue
        for place, read in _places(call, name).items():
            if (ast.dump(call.func), place) in inside:
                yield read


def _is_given_already(loop: ast.For, read: ast.Name, text: str) -> bool:
    """Whether what is called behind the loop is given the last item in the same place, so that it is read there."""
    places = {
        place for call in calls_in(home_around(loop)) for place, each in _places(call, read.id).items() if each is read
    }
    later = (call for call in calls_in(home_around(loop)) if call.lineno > (loop.end_lineno or loop.lineno))
    given = (pair for call in later for pair in _given_to(call))
    return any(place in places and ast.unparse(each) == text for place, each in given)


def _up_to(node: ast.AST, home: ast.AST | None) -> Iterator[ast.AST]:
    for up in parents(node):
        if up is home:
            return
        yield up


def _places(call: ast.Call, name: str) -> dict[int | str, ast.Name]:
    """The arguments of a call that are just this name, by their number or their keyword."""
    return {place: each for place, each in _given_to(call) if is_named(each, name)}


def _given_to(call: ast.Call) -> list[tuple[int | str, ast.expr]]:
    given: list[tuple[int | str, ast.expr]] = [*enumerate(call.args)]
    return [*given, *((each.arg, each.value) for each in call.keywords if each.arg is not None)]


def _last_two(evidence: Evidence, source: Source, items: ast.expr) -> tuple[int, int] | None:
    """The last item but one, and the last, where they are written out."""
    origins = [each.span for each in trace(evidence, source.span(items))]
    for span in origins or _given(evidence, source, items):
        node = expression(span.text)
        if isinstance(node, ast.List | ast.Tuple) and len(node.elts) > 1:
            left, last = (worked_out(evidence, piece(span, each)) for each in node.elts[-2:])
            return (left, last) if left is not None and last is not None else None
    return None


def _given(evidence: Evidence, source: Source, items: ast.expr) -> list[Span]:
    """What the one call of a function, or the default, gives for a parameter; nothing where there are several."""
    home = home_around(items)
    if not isinstance(home, ast.FunctionDef) or not isinstance(items, ast.Name):
        return []
    told = [given_for(call, home, items.id) for call in source.calls(called_as(home))]
    given = [source.span(each) for each in told if each is not None]
    return [span for each in given for span in spans_of(evidence, each)] if len(given) == 1 else []


def _fits(evidence: Evidence, left: int, last: int) -> bool:
    """Whether what failed got the item before the last, and was made for the last."""
    operation = failed(evidence)
    inner = evidence.inner or operation
    if operation is None or inner is None:
        return False
    sizes = {size for each in tensors(inner) for size in sizes_of(each)}
    told = (part for each in inner.config.values() for part in (each if isinstance(each, tuple) else (each,)))
    wanted = sizes | {each for each in told if isinstance(each, int)}
    return left != last and left in sizes and last in wanted
