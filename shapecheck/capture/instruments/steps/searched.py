"""Loops in which one turn is chosen: they draw again until something fits, or pass over what does not."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.recording.user_code import Spot
from shapecheck.reading.sources import Loop, learns, loops_of_line, names_in, source_of


def is_chosen(spot: Spot) -> bool:
    """Whether the loop around an instruction, or around the call of its function, chooses among its turns."""
    place: Spot | None = spot
    while place is not None:
        loops = loops_of_line(source_of(place.code.co_filename), place.line)
        if loops:
            return _draws_again(loops[0]) or _passes_over(loops[0])
        place = place.caller
    return False


def _draws_again(loop: Loop) -> bool:
    """Whether a loop ends when something fits, and no turn of it knows of the others.

    One that goes through steps or samples reads which turn it is, or goes on from what the turn before left.
    """
    if not any(isinstance(item, ast.Break | ast.Return) for item, is_asked in _own(loop.body) if is_asked):
        return False
    inside = [node for statement in loop.body for node in ast.walk(statement)]
    # Whoever is asked for the next batch remembers by himself where he is.
    apart = [node.test for node in inside if isinstance(node, ast.If)]
    apart += [node for node in inside if isinstance(node, ast.Call) and ast.unparse(node.func) == "next"]
    left = {item for node in apart for item in ast.walk(node)}
    names = [item for statement in loop.body for item in _names(statement) if item not in left]
    handed_on = {item.id for item in names if isinstance(item.ctx, ast.Store)}
    if isinstance(loop, ast.For):
        handed_on |= names_in(loop.target)
    for item in names:
        if isinstance(item.ctx, ast.Store):
            handed_on.discard(item.id)
        elif item.id in handed_on:
            return False
    return True


def _names(node: ast.AST) -> Iterator[ast.Name]:
    """The names in a statement in the order in which they are used: what is read is read before a name is given."""
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.For | ast.NamedExpr):
        value = node.iter if isinstance(node, ast.For) else node.value
        children = [value, *(child for child in children if child is not value)] if value is not None else children
    for child in children:
        if isinstance(child, ast.Name):
            yield child
        yield from _names(child)


def _passes_over(loop: Loop) -> bool:
    """Whether a loop that trains leaves turns out, by what they hold and not by their number."""
    if not learns(*loop.body):
        return False
    skips = [
        node
        for node, _ in _own(loop.body)
        if isinstance(node, ast.If) and any(isinstance(item, ast.Continue) for item in node.body)
    ]
    return any(not any(isinstance(item, ast.Mod) for item in ast.walk(node.test)) for node in skips)


def _own(body: list[ast.stmt], *, is_asked: bool = False) -> Iterator[tuple[ast.stmt, bool]]:
    """The statements of a loop's body without those of loops within it, and whether a condition stands in front."""
    for statement in body:
        yield statement, is_asked
        if isinstance(statement, ast.If):
            yield from _own([*statement.body, *statement.orelse], is_asked=True)
        elif isinstance(statement, ast.With):
            yield from _own(statement.body, is_asked=is_asked)
        elif isinstance(statement, ast.Try):
            yield from _own([*statement.body, *statement.orelse], is_asked=is_asked)
