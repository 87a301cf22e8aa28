"""Maps that are laid flat under their own name for one reader, where another one below wants them as they were."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.applied import applied_to, one_by_one, told_to
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.handed_in import handed_in
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import (
    Source,
    found_at,
    home_around,
    is_named,
    last_name,
    names_in,
    statement_of,
    walk,
)

CAUSE = "flattened_under_its_own_name"
_COST = 0.03
_OF_MAPS = re.compile(r"[23]d$|^interpolate$|^Upsample$")
_READ_BELOW = "what reads the name farther down may want it flat, as it is now"


def candidates(evidence: Evidence) -> Iterator[Candidate]:
    """``maps_flat = maps.flatten(1)``, which the lines between read, where a convolution below got the rows."""
    operation = failed(evidence)
    if operation is None or _OF_MAPS.search(operation.name) is None:
        return
    items = [*tensors(operation)[:1], *tensors(evidence.operation)[:1]]
    item = next((each for each in items if each.span is not None and len(sizes_of(each)) == 2), None)
    source, node = found_at(item.span) if item is not None else (None, None)
    if item is None or source is None or not isinstance(node, ast.Name):
        return
    places = [(source, node)]
    for each in handed_in(evidence, node.id):
        places += [(each.source, each.given)] if isinstance(each.given, ast.Name) else []
    for home, use in places:
        yield from _renamed(home, use)


def _renamed(source: Source, use: ast.Name) -> Iterator[Candidate]:
    """A name of its own for the rows, at the line that lays them and at those that read them before the use."""
    home, line = home_around(use), statement_of(use)
    every = [each for each in walk(home) if is_named(each, use.id)]
    above = [each for each in every if line is not None and each.lineno < line.lineno]
    stores = [each for each in above if isinstance(each.ctx, ast.Store)]
    stored = max(stores, key=lambda each: each.lineno, default=None)
    laid = statement_of(stored)
    pairs = values_given(laid) if laid is not None else ()
    if laid is None or not any(target is stored and _lays_flat(value, use.id) for target, value in pairs):
        return
    new, reads = f"{use.id}_flat", [each for each in above if each.lineno > (laid.end_lineno or laid.lineno)]
    below = [each for each in every if line is not None and each.lineno >= line.lineno and each is not use]
    again = min((each.lineno for each in below if isinstance(each.ctx, ast.Store)), default=1 << 30)
    if stored is None or not reads or home is None or new in names_in(home):
        return
    changes = tuple(Change(source.span(each), new) for each in (stored, *reads))
    doubt = _READ_BELOW if any(isinstance(each.ctx, ast.Load) and each.lineno <= again for each in below) else ""
    yield Candidate(f"{new} for {use.id}", changes, (), _COST, doubt)


def _lays_flat(value: ast.expr, name: str) -> bool:
    """Whether an expression is all that a tensor of this name holds, a row for each sample."""
    if not isinstance(value, ast.Call) or not is_named(applied_to(value), name):
        return False
    if last_name(value.func) == "flatten":
        return True
    sizes = one_by_one(told_to(value))
    is_view = last_name(value.func) in ("view", "reshape")
    return is_view and len(sizes) == 2 and whole_number(sizes[1]) == -1
