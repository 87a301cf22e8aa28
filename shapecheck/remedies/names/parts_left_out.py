"""Fewer parts than the names that take them: what the function has worked out and does not give is given as well."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import own_names
from shapecheck.reading.givers import Given, givers, is_same_but_for_number, part_name, same_name
from shapecheck.reading.parts_matched import in_order
from shapecheck.reading.sources import Source, class_around, is_own, last_name, parameters, walk
from shapecheck.reading.taken_apart import TakenApart, is_read_behind, taken_apart

CAUSE = "parts_counted_otherwise"
_COST = -0.25
_LIKE = "its name is only like the one that it is taken by"
_AS_GIVEN = "it is what the function was given under this name, and not what it has worked out"
_ONLY_UNREAD = "it is the only thing that the function works out and does not read, and bears another name"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``return out, weights`` for ``return out``, where ``out, weights = model(x)`` takes two."""
    taken = taken_apart(evidence)
    given = givers(evidence, taken) if taken is not None else ()
    if taken is None or len(given) != 1 or not taken.is_plain or given[0].function is None:
        return []
    parts = given[0].parts
    is_enough = given[0].is_row and len(parts) >= len(taken.names)
    if is_enough or any(isinstance(each, ast.Tuple | ast.List) for each in parts):
        return []
    if sum(not is_read_behind(taken, each) for each in taken.names) >= len(taken.names) - len(parts):
        # What nobody reads is not missed.
        return []
    own = [part_name(each) for each in parts]
    found = (_filled(taken, given[0], own, way) for way in in_order(own, taken.names))
    return sorted((each for each in found if each is not None), key=lambda each: (each.doubt != "", each.cost))[:1]


def _filled(taken: TakenApart, given: Given, own: Sequence[str], way: tuple[int, ...]) -> Candidate | None:
    """The row with all that the names ask for, where the parts that are there go to these places."""
    texts, doubt, far = [], "", 0
    for at, name in enumerate(taken.names):
        if at in way:
            part = given.parts[way.index(at)]
            texts.append(given.source.span(part).text)
            far += own[way.index(at)] == "" and at != way.index(at)
            continue
        found, said = _worked_out(given, name, taken, way)
        if not found or not is_read_behind(taken, name):
            return None
        texts.append(found)
        doubt = doubt or said
    span = given.source.span(given.node)
    text = ", ".join(texts)
    brackets = span.text[0] + span.text[-1] if given.is_row and span.text[0] in "([" else ""
    if brackets in ("()", "[]"):
        text = f"{brackets[0]}{text}{brackets[1]}"
    return Candidate(f"return {text}", (Change(span, text),), (), _COST + 0.01 * far, doubt)


def _worked_out(given: Given, name: str, taken: TakenApart, way: tuple[int, ...]) -> tuple[str, str]:
    """What a function holds for a name: its text, and what stands against it."""
    assert given.function is not None
    held = _held_at(given.function, given.node)
    if name in held:
        return name, _AS_GIVEN if _is_as_given(given.function, name) else ""
    like = [each for each in held if same_name(name, each)]
    if len(like) == 1:
        if is_same_but_for_number(like[0], name):
            return like[0], _AS_GIVEN if _is_as_given(given.function, like[0]) else ""
        alike = _made_alike(given, like[0], taken, way)
        return (alike, "") if alike else (like[0], _LIKE)
    layer = _layer_beside(given, name, taken, way)
    if layer or like or len(way) + 1 != len(taken.names):
        return layer, ""
    unread = [each for each in held if _is_last_unread(given.function, each, given.node)]
    return (unread[0], _ONLY_UNREAD) if len(unread) == 1 else ("", "")


def _is_as_given(function: ast.FunctionDef, name: str) -> bool:
    """Whether a name is a parameter that the function gives no other value."""
    stored = (each.id for each in walk(function) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store))
    return name in parameters(function) and name not in stored


def _made_alike(given: Given, held: str, taken: TakenApart, way: tuple[int, ...]) -> str:
    """``sum(hits) / len(hits)`` beside ``sum(losses) / len(losses)``, where all parts are made in this way."""
    made = set()
    for at, part in zip(way, given.parts, strict=False):
        names = {each for each in _names(part) if same_name(each, taken.names[at])}
        if isinstance(part, ast.Name) or len(names) != 1:
            return ""
        made.add(re.sub(rf"\b{names.pop()}\b", held, _text(given.source, part)))
    return made.pop() if len(made) == 1 else ""


def _held_at(function: ast.FunctionDef, node: ast.expr) -> list[str]:
    """The names that a function has given a value in front of a line, and its parameters."""
    names = [each for each in walk(function) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
    inside = {id(each) for up in walk(function) if isinstance(up, ast.comprehension) for each in walk(up.target)}
    stored = {each.id for each in names if each.lineno < node.lineno and id(each) not in inside}
    return sorted((stored | {*parameters(function)}) & own_names(function) - {"self", "cls", "_"})


def _is_last_unread(function: ast.FunctionDef, name: str, node: ast.expr) -> bool:
    """Whether what a name was given last is read nowhere."""
    names = [each for each in walk(function) if isinstance(each, ast.Name) and each.id == name]
    stored = [each for each in names if isinstance(each.ctx, ast.Store)]
    last = max((each.lineno for each in stored), default=None)
    reads = (each for each in names if isinstance(each.ctx, ast.Load))
    return last is not None and all(each.lineno <= last for each in reads) and name not in _names(node)


def _names(node: ast.expr) -> Iterator[str]:
    return (each.id for each in walk(node) if isinstance(each, ast.Name))


def _layer_beside(given: Given, name: str, taken: TakenApart, way: tuple[int, ...]) -> str:
    """``self.fc_std(h)`` beside ``self.fc_mean(h)``, for names ``mean`` and ``std``."""
    owner = class_around(given.node)
    for at, part in zip(way, given.parts, strict=False):
        own = taken.names[at]
        if not isinstance(part, ast.Call) or not is_own(part.func) or own not in part.func.attr:
            continue
        wanted = part.func.attr.replace(own, name)
        if owner is not None and _is_only_made(owner, wanted):
            return re.sub(rf"\bself\.{part.func.attr}\b", f"self.{wanted}", _text(given.source, part))
    return ""


def _text(source: Source, node: ast.expr) -> str:
    return source.span(node).text


def _is_only_made(owner: ast.ClassDef, name: str) -> bool:
    """Whether an attribute is given a value in a class and is read nowhere in it."""
    each = [one for one in walk(owner) if is_own(one) and last_name(one) == name]
    return bool(each) and not any(isinstance(one.ctx, ast.Load) for one in each if isinstance(one, ast.Attribute))
