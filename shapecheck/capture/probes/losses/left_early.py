"""A loop that adds up losses and is left in its first turn."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.user_code import Spot, span_of, tree_of
from shapecheck.evidence import Span
from shapecheck.reading.sources import names_in, walk


def left_early(step: Step) -> Iterator[Sighting]:
    """Loops on the way to the loss that add to a name and then return it, or break off, whatever happens.

    To take the first of many and leave is a common thing to do; to add it up first is not.
    """
    told: set[tuple[str, int]] = set()
    for index in sorted(step.to_loss):
        spot: Spot | None = step.node(index).spot
        while spot is not None:
            if (spot.code.co_filename, spot.line) not in told:
                told.add((spot.code.co_filename, spot.line))
                found = _left(spot)
                if found is not None:
                    yield Sighting("loss_of_one_sample_only", found, _TEXT, "return")
                    return
            spot = spot.caller


_TEXT = (
    "the loop adds up, and is left here in its first turn: what the first item adds is all that reaches backward(), "
    "and nothing is learned from the others"
)


def _left(spot: Spot) -> Span | None:
    """Where a loop around an instruction that adds to a name is left without a condition."""
    file = spot.code.co_filename
    tree = tree_of(file)
    for loop in _left_at_once(tree) if tree is not None else ():
        if not loop.lineno < spot.line <= (loop.end_lineno or 0):
            continue
        last = loop.body[-1]
        added = [_added(item) for item in loop.body if item.lineno <= spot.line <= (item.end_lineno or 0)]
        names = {name for name in added if name}
        read = names_in(last)
        if names and (isinstance(last, ast.Break) or names & read):
            return span_of(file, last, "")
    return None


@lru_cache(maxsize=64)
def _left_at_once(tree: ast.Module) -> tuple[ast.For, ...]:
    """The loops of a file that end with a return or a break, whatever happens in them."""
    loops = (
        item for item in walk(tree) if isinstance(item, ast.For) and isinstance(item.body[-1], ast.Return | ast.Break)
    )
    return tuple(loop for loop in loops if not any(map(_may_go_on, loop.body)))


def _may_go_on(statement: ast.stmt) -> bool:
    return any(isinstance(item, ast.Continue | ast.Yield) for item in ast.walk(statement))


def _added(statement: ast.stmt) -> str:
    """The name that a statement adds to: ``total += x``, ``total = total + x``, ``losses.append(x)``."""
    if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add):
        return statement.target.id if isinstance(statement.target, ast.Name) else ""
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.BinOp):
        target, value = statement.targets[0], statement.value
        sides = [item.id for item in (value.left, value.right) if isinstance(item, ast.Name)]
        if isinstance(value.op, ast.Add) and isinstance(target, ast.Name) and target.id in sides:
            return target.id
    call = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "append":
        return call.func.value.id if isinstance(call.func.value, ast.Name) else ""
    return ""


PROBE = Probe(
    "no loop over losses is left in its first turn",
    lambda look: left_early(look.step),
)
