"""What a round of a loop makes for a loop within it, which is then about that round."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.reading.assignments import names_read, stored_in, values_given
from shapecheck.reading.sources import Loop, last_name, names_in

# What goes over the same as before, and what only adds to something.
_SHOWS = frozenset(["enumerate", "tqdm", "track", "zip", "iter"])
_ADDS = frozenset(["append", "extend", "update", "add"])
_TELLS = frozenset(["print", "write", "info", "debug", "log", "set_postfix", "set_description", "add_scalar"])


def is_given_by_round(rounds: Loop, inner: ast.AST) -> bool:
    """Whether something in the rounds reads what each of them has made in front of it, or the number of the round.

    The start of an episode, the samples of a piece of a stream, and the model of a fold are new in each round: what is
    measured there is not the same once more. What is only added to is not read.
    """
    made = stored_in(rounds.target) if isinstance(rounds, ast.For) else set[str]()
    for item in _outside(rounds, inner):
        for target, value in values_given(item):
            is_shown = isinstance(value, ast.Call) and last_name(value.func) in _SHOWS
            made |= stored_in(target) if not is_shown else set()
    return not made.isdisjoint(_read_first([inner], set()))


def trains_with(rounds: Loop, names: set[str]) -> bool:
    """Whether what is learned from in the rounds is made of one of some names: those are kept to be learned."""
    given = [pair for item in ast.walk(rounds) for pair in values_given(item)]
    asked = (item for item in ast.walk(rounds) if isinstance(item, ast.Attribute) and item.attr == "backward")
    losses = {name for item in asked for name in names_in(item.value)}
    made = [(stored_in(target), names_read(value)) for target, value in given]
    known = set(names)
    for _ in made:
        more = {name for stored, read in made if read & known for name in stored} - losses - known
        if not more:
            break
        known |= more
    return any(stored & losses and read & (known - names) for stored, read in made)


def _outside(block: ast.AST, left: ast.AST) -> Iterator[ast.AST]:
    for item in ast.iter_child_nodes(block):
        if item is not left:
            yield item
            yield from _outside(item, left)


def _read_first(block: list[ast.AST], bound: set[str]) -> set[str]:
    """The names that a block reads before it gives them a value, in the order in which it is run."""
    found = set[str]()
    for item in block:
        head: list[ast.AST] = [item.test] if isinstance(item, ast.While | ast.If) else []
        head += [item.iter] if isinstance(item, ast.For) else []
        head += [each.context_expr for each in item.items] if isinstance(item, ast.With) else []
        inside: list[ast.AST] = [*getattr(item, "body", []), *getattr(item, "orelse", [])] if head else []
        for each in head or [item]:
            found |= _read(each) - bound
        bound |= stored_in(item.target) if isinstance(item, ast.For) else set()
        if isinstance(item, ast.With):
            bound |= {name for one in item.items if one.optional_vars for name in stored_in(one.optional_vars)}
        if inside:
            found |= _read_first(inside, bound)
        elif not isinstance(item, ast.AugAssign):
            bound |= stored_in(item)
    return found


def _read(item: ast.AST) -> set[str]:
    """The names that something reads, but for what it only adds to, and what it only tells."""
    call = item.value if isinstance(item, ast.Expr) and isinstance(item.value, ast.Call) else None
    if call is None:
        return names_read(item) - (stored_in(item) if isinstance(item, ast.Assign) else set())
    if last_name(call.func) in _TELLS:
        return set()
    names = {name for each in [*call.args, *call.keywords] for name in names_read(each)}
    is_added = isinstance(call.func, ast.Attribute) and call.func.attr in _ADDS
    return names if is_added else names | names_read(call.func)
