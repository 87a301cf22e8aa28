"""Values that a function returns in another order than the names have that take them: ``x, y = load()``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.definitions import names_returned
from shapecheck.reading.failing import failed
from shapecheck.reading.sources import Source, last_name, user_sources, walk
from shapecheck.reading.vocabulary import STATE_NAMES
from shapecheck.reading.ways_back import spans_behind

CAUSE = "names_exchanged"
# The names tell more than what another one makes run.
_COST = -0.05
_BOTH_WAYS = "another call takes them in this order, so that the function may be what is wrong"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The names in the order of what is returned, where each name is that of another value."""
    operations = [each for each in (failed(evidence), evidence.operation) if each is not None and evidence.crash]
    places = [item.span for each in operations for item in each.arguments if item.span is not None]
    behind = list(spans_behind(evidence, *places))
    found: dict[Change, Candidate] = {}
    for source in user_sources(evidence):
        for statement, call in _taken_apart(source):
            span = source.span(call)
            if not any(each == span or span.holds(each) for each in behind):
                continue
            for candidate in _in_their_order(source, statement, call):
                found.setdefault(candidate.changes[0], candidate)
    return list(found.values())


def _taken_apart(source: Source) -> Iterator[tuple[ast.Assign, ast.Call]]:
    for node in walk(source.tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Tuple):
            yield node, node.value


def _in_their_order(source: Source, statement: ast.Assign, call: ast.Call) -> Iterator[Candidate]:
    names = _names(statement.targets[0])
    returned = names_returned(source, call.func, len(names))
    given = {ast.unparse(each) for each in (*call.args, *(word.value for word in call.keywords))}
    if len(returned) != 1 or not all(names) or {ast.unparse(each) for each in _parts(statement.targets[0])} <= given:
        # What it is given under the very same names it hands back in another order on purpose.
        return
    (order,) = returned
    places = _matched(names, order)
    if places is None or places == list(range(len(names))):
        return
    new = [""] * len(names)
    for name, at in zip(names, places, strict=True):
        new[at] = name
    target = source.span(statement.targets[0])
    text = ", ".join(new)
    doubt = _BOTH_WAYS if _is_taken_so_elsewhere(source, statement, call, order) else ""
    yield Candidate(f"{text} = {_call_text(source, call)}", (_change(target, text),), (), _COST, doubt)


def _call_text(source: Source, call: ast.Call) -> str:
    """A call in short: what is called, and that it is given something."""
    return f"{source.span(call.func).text}({'...' if call.args or call.keywords else ''})"


def _change(target: Span, text: str) -> Change:
    return Change(target, f"({text})" if target.text.startswith("(") else text)


def _names(target: ast.expr) -> tuple[str, ...]:
    return tuple(last_name(each) if isinstance(each, ast.Name | ast.Attribute) else "" for each in _parts(target))


def _parts(target: ast.expr) -> list[ast.expr]:
    return target.elts if isinstance(target, ast.Tuple) else []


def _matched(names: tuple[str, ...], order: tuple[str, ...]) -> list[int] | None:
    """The place of each name among those that are returned; None unless each is that of exactly one other.

    One of those that are returned may be worked out there, and so have no name.
    """
    if len(set(map(_plain, order))) != len(order):
        return None
    places = [[at for at, other in enumerate(order) if _plain(name) == _plain(other)] for name in names]
    known = [each[0] for each in places if each]
    if any(len(each) > 1 for each in places) or len(set(known)) != len(known) or len(names) - len(known) > 1:
        return None
    # One name that is its own, or that nobody reads, is that of the value which is left.
    left = [at for at in range(len(order)) if at not in known]
    return [each[0] if each else left[0] for each in places]


def _plain(name: str) -> str:
    """The name in small letters; all that a state is called by are one name."""
    return "state" if name.lower() in STATE_NAMES else name.lower()


def _is_taken_so_elsewhere(source: Source, statement: ast.Assign, call: ast.Call, order: tuple[str, ...]) -> bool:
    """Whether another call takes apart what is returned with its names in the same other order."""
    others = [
        _matched(_names(each.targets[0]), order)
        for each, other in _taken_apart(source)
        if each is not statement and last_name(other.func) == last_name(call.func)
    ]
    return any(each is not None and each != list(range(len(order))) for each in others)
