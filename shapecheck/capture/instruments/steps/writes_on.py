"""Loops of a script in which a model is given what it said before: it is made to say what comes next."""

from __future__ import annotations

import ast

from shapecheck.reading.assignments import values_given
from shapecheck.reading.sources import Loop, is_named, names_in, walk

_CHOOSES = frozenset(["argmax", "topk", "multinomial", "sample", "categorical"])
_HOPS = 8


def writes_on(tree: ast.AST) -> bool:
    """Whether a loop calls something with a name that is given what was chosen of what the call returned.

    ``ids = torch.cat((ids, model(ids)[:, -1:].argmax(-1)), 1)``, or ``token = scores.argmax(-1)`` where ``scores`` came
    of ``token``. What only counts or collects guesses is given to nothing that makes them.
    """
    return any(_goes_round(loop) for loop in walk(tree) if isinstance(loop, Loop))


def _goes_round(loop: Loop) -> bool:
    given: dict[str, list[ast.expr]] = {}
    for item in (part for statement in loop.body for part in ast.walk(statement)):
        for target, value in values_given(item):
            for name in names_in(target):
                given.setdefault(name, []).append(value)
    for name in given:
        chosen = [call for value in _behind(given, name) for call in ast.walk(value) if _is_choice(call)]
        if any(_is_made_of(given, call, name) for call in chosen):
            return True
    return False


def _behind(given: dict[str, list[ast.expr]], name: str) -> list[ast.expr]:
    """What a name is given in the loop, and what the names in that are given."""
    found: list[ast.expr] = []
    seen, names = {name}, [name]
    for _ in range(_HOPS):
        values = [value for one in names for value in given.get(one, [])]
        found += values
        names = [one for value in values for one in names_in(value) if one not in seen and one in given]
        seen |= {*names}
    return found


def _is_choice(item: ast.AST) -> bool:
    if not isinstance(item, ast.Call):
        return False
    named = item.func.attr if isinstance(item.func, ast.Attribute) else getattr(item.func, "id", "")
    return named in _CHOOSES


def _is_made_of(given: dict[str, list[ast.expr]], call: ast.AST, name: str) -> bool:
    """Whether what is chosen from came of a call that was given the name."""
    assert isinstance(call, ast.Call)
    sources = [*([call.func.value] if isinstance(call.func, ast.Attribute) else []), *call.args]
    made = [*sources, *(value for source in sources for one in names_in(source) for value in _behind(given, one))]
    calls = [item for value in made for item in ast.walk(value) if isinstance(item, ast.Call) and not _is_choice(item)]
    calls = [item for item in calls if getattr(item.func, "id", "") != "len"]
    read = [argument for item in calls for argument in (*item.args, *map(_value, item.keywords))]
    return any(name in _read_in(argument) for argument in read)


def _read_in(item: ast.AST) -> set[str]:
    """The names whose values are read; to ask how long something is reads none of it."""
    if isinstance(item, ast.Attribute) and item.attr in ("shape", "size"):
        return set()
    if isinstance(item, ast.Call) and is_named(item.func, "len"):
        return set()
    here = {item.id} if isinstance(item, ast.Name) else set[str]()
    return here.union(*map(_read_in, ast.iter_child_nodes(item)))


def _value(word: ast.keyword) -> ast.expr:
    return word.value
