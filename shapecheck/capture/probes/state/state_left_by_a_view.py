"""A model that keeps its state and is called twice in a step: a second view goes on from where the first one ended."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from itertools import combinations

from shapecheck.capture.instruments.rows.views import are_of_one_kind, are_views
from shapecheck.capture.instruments.steps.left_by_calls import begins_anew, walked_on
from shapecheck.capture.instruments.steps.resets import resetters
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Root
from shapecheck.capture.recording.user_code import Spot, statement_at
from shapecheck.findings import Edit, Fix
from shapecheck.reading.sources import function_of_line, last_name, source_of, walk


def left_by_a_view(step: Step, before: Step | None) -> Iterator[Sighting]:
    """Two calls over whole sequences of the same samples, of which the second begins with the state of the first.

    The step itself begins anew: the script knows that its sequences have nothing to do with each other. Pieces of one
    sequence are other numbers; what a call was given of what the one before has said may well go on from there.
    """
    if before is None:
        return
    calls = [root for root in step.roots if step.first <= root.first < root.last and root.spot is not None]
    for one, other in combinations(calls, 2):
        if one.module is not other.module or not (are_views(step, one, other) or are_of_one_kind(step, one, other)):
            continue
        made = walked_on(step, one, other)
        if made is not None and begins_anew(step, before, calls[0]) and _are_asked_apart(step, one, other):
            yield _told(other, made)
            return


def _are_asked_apart(step: Step, one: Root, other: Root) -> bool:
    """Whether the loss reads what each call returned, and not only what the second one made of the first."""
    held = {step.loss, *(term.ref for term in step.terms)}
    way = {index for index in ancestors(step.tape, held, step.first) if not other.first <= index < other.last}
    read = {parent for index in way for parent in step.node(index).parents if index >= one.last}
    return all(not read.isdisjoint(root.outputs) for root in (one, other))


def _told(root: Root, made: Node) -> Sighting:
    assert root.spot is not None
    line = made.spot.line if made.spot is not None else 0
    text = (
        f"the state that the model keeps, made in line {line}, is read by this call as the call before it in the same "
        "step has left it: one view of the samples goes on from where another one ended, although each step begins anew"
    )
    reset = _reset(root, made)
    title = f"{reset} before this call" if reset else "let the state begin anew before this call"
    fix = Fix(title, _inserted(root, reset), "no")
    return Sighting("state_of_another_batch", root.spot.span, text, type(root.module).__name__, (fix,))


def _reset(root: Root, made: Node) -> str:
    """How the function that calls a model lets its state begin anew elsewhere; nothing where it does not."""
    if root.spot is None or made.spot is None:
        return ""
    source = source_of(root.spot.code.co_filename)
    names = {name for spot in made.spot.with_callers() for name in _stored(spot)}
    files = {made.spot.code.co_filename, root.spot.code.co_filename}
    known = {each for file in files for name in names for each in resetters(file, name)}
    around = (function_of_line(source, root.spot.line) or source.tree) if source is not None else None
    found = {
        ast.unparse(item)
        for item in walk(around)
        if isinstance(item, ast.Expr) and isinstance(item.value, ast.Call) and last_name(item.value.func) in known
    }
    return found.pop() if len(found) == 1 else ""


def _stored(spot: Spot) -> set[str]:
    """The attributes that the function of an instruction gives a value, as a whole or item by item."""
    function = function_of_line(source_of(spot.code.co_filename), spot.line)
    stored = (item for item in walk(function) if isinstance(item, ast.Attribute | ast.Subscript))
    targets = [item for item in stored if isinstance(item.ctx, ast.Store)]
    return {last_name(item.value if isinstance(item, ast.Subscript) else item) for item in targets}


def _inserted(root: Root, reset: str) -> tuple[Edit, ...]:
    """The edit that puts a statement in front of that of a call, where that begins a line of its own."""
    spot = root.spot
    statement = statement_at(spot.code.co_filename, spot.line) if spot is not None else None
    if not reset or spot is None or statement is None or not isinstance(statement, ast.Assign | ast.Expr):
        return ()
    row = linecache.getline(spot.code.co_filename, statement.lineno).rstrip("\n")
    space = row[: statement.col_offset]
    if space.strip() or statement.lineno != spot.line or len(space) != len(row) - len(row.lstrip()):
        return ()
    return (Edit(spot.code.co_filename, statement.lineno, statement.lineno, f"{space}{reset}\n{row}"),)


PROBE = Probe(
    "no view of samples starts from the state that another view has left",
    lambda look: left_by_a_view(look.step, look.before),
)
