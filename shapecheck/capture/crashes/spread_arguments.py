"""What a caller wrote for arguments that a function only hands on: ``return self.module(*args, **kwargs)``."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from shapecheck.capture.crashes.follower import Follower
from shapecheck.capture.crashes.frames import LiveFrame
from shapecheck.capture.crashes.scopes import Scope
from shapecheck.capture.crashes.source import function_around
from shapecheck.reading.sources import class_around, is_named, walk


@dataclass(frozen=True)
class HandedOn:
    """The arguments that a call spreads out, as they stand in the call of the function around it.

    Args:
        items: Those of the star, in their order.
        named: Those of the two stars, by their names.
        scope: Where the call of the function stands.
    """

    items: tuple[ast.expr, ...] = ()
    named: Mapping[str, ast.expr] = field(default_factory=dict)
    scope: Scope | None = None


def handed_on(frames: list[LiveFrame], at: int) -> HandedOn:
    """What was written for the arguments that the call of a frame spreads; nothing where that cannot be told.

    Args:
        frames: The frames of the crash, outermost first.
        at: Index of the innermost one that is the user's.
    """
    call = frames[at].node
    function = function_around(call) if isinstance(call, ast.Call) else None
    if not isinstance(call, ast.Call) or not isinstance(function, ast.FunctionDef):
        return HandedOn()
    stars = [each.value for each in call.args if isinstance(each, ast.Starred)]
    twice = [each.value for each in call.keywords if each.arg is None]
    is_last = not stars or isinstance(call.args[-1], ast.Starred)
    if len(stars) > 1 or len(twice) > 1 or not is_last or not (stars or twice):
        return HandedOn()
    around = Follower(frames).scope(at).call
    if around is None or around[1].source is not frames[at].source:
        return HandedOn()
    given, scope = around
    if any(isinstance(each, ast.Starred) for each in given.args) or any(each.arg is None for each in given.keywords):
        return HandedOn()
    named = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    before = len(named) - (class_around(function) is not None and named[:1] in (["self"], ["cls"]))
    items = tuple(given.args[before:]) if stars and _is_rest(function, function.args.vararg, stars[0]) else ()
    known = {*named, *(each.arg for each in function.args.kwonlyargs)}
    rest = {each.arg: each.value for each in given.keywords if each.arg is not None and each.arg not in known}
    is_rest = bool(twice) and _is_rest(function, function.args.kwarg, twice[0])
    return HandedOn(items, rest if is_rest else {}, scope)


def _is_rest(function: ast.FunctionDef, rest: ast.arg | None, spread: ast.expr) -> bool:
    """Whether what is spread is all that a function was given beside its parameters, as it was given."""
    names = [each for each in walk(function) if rest is not None and is_named(each, rest.arg)]
    is_kept = all(isinstance(each.ctx, ast.Load) for each in names if isinstance(each, ast.Name))
    return rest is not None and is_named(spread, rest.arg) and is_kept
