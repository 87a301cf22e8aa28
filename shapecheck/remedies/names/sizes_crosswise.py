"""Sizes of maps under each other's names, so that axes are turned one way and viewed as if they were turned another."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import combinations
from math import prod

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import factors, whole_number
from shapecheck.reading.failing import RECURRENT, failed, features_taken, operand
from shapecheck.reading.sources import Source, found_at, home_around, last_name, node_at, walk
from shapecheck.reading.where_made import made_or_written

# Below what turns the maps in front of their layers, which would leave them viewed otherwise than they lie.
_COST = 0.01


def candidates(evidence: Evidence) -> list[Candidate]:
    """``n, c, bands, steps = x.size()`` for ``n, c, steps, bands``, in front of ``x.permute(0, 3, 1, 2)``."""
    operation = failed(evidence, "Linear", *RECURRENT)
    item = operand(operation, "input") if operation is not None else None
    if operation is None or item is None or item.span is None:
        return []
    want = features_taken(operation)
    for origin in made_or_written(evidence, item):
        source, call = found_at(origin.span)
        if source is not None and isinstance(call, ast.Call) and last_name(call.func) in ("view", "reshape"):
            found = list(_exchanged(evidence, source, call, want))
            return found if len(found) == 1 else []
    return []


def _exchanged(evidence: Evidence, source: Source, view: ast.Call, want: int) -> Iterator[Candidate]:
    turn = _turn(evidence, source, view)
    taken = _taken_apart(turn, view) if turn is not None else None
    frame = evidence.user_frame
    if turn is None or taken is None or frame is None:
        return
    names = [each.id for each in taken]
    axes = [axis for each in turn.args if (axis := whole_number(each)) is not None]
    held = {name: frame.names.get(name) for name in names}
    sizes = [int(value.text) for value in held.values() if value is not None and value.text.isdecimal()]
    groups = [[ast.unparse(each) for each in factors(size)] for size in view.args]
    if sorted(axes) != list(range(len(names))) or len(sizes) != len(names):
        return
    if sorted(name for group in groups for name in group) != sorted(names) or _lie_so(
        groups, [names[axis] for axis in axes]
    ):
        return
    for one, other in combinations(range(len(names)), 2):
        called = [names[{one: other, other: one}.get(at, at)] for at in range(len(names))]
        by_name = dict(zip(called, sizes, strict=True))
        if _lie_so(groups, [called[axis] for axis in axes]) and prod(by_name[each] for each in groups[-1]) == want:
            spans = source.span(taken[one]), source.span(taken[other])
            changes = (Change(spans[0], names[other]), Change(spans[1], names[one]))
            yield Candidate(f"{', '.join(names)} -> {', '.join(called)}", changes, (), _COST)


def _turn(evidence: Evidence, source: Source, view: ast.Call) -> ast.Call | None:
    """The call of permute that gave what is viewed."""
    base = view.func.value if isinstance(view.func, ast.Attribute) else None
    while isinstance(base, ast.Call) and last_name(base.func) == "contiguous" and isinstance(base.func, ast.Attribute):
        base = base.func.value
    if isinstance(base, ast.Name):
        behind = next(iter(evidence.chains.get(source.span(base), ())), None)
        base = node_at(behind.span) if behind is not None else None
        while isinstance(base, ast.Call) and last_name(base.func) == "contiguous":
            base = base.func.value if isinstance(base.func, ast.Attribute) else None
    return base if isinstance(base, ast.Call) and last_name(base.func) == "permute" else None


def _taken_apart(turn: ast.Call, view: ast.Call) -> list[ast.Name] | None:
    """The names that the sizes of what is turned were given, in front of the view."""
    home, base = home_around(view), turn.func.value if isinstance(turn.func, ast.Attribute) else None
    text = ast.unparse(base) if base is not None else ""
    for line in walk(home) if home is not None else ():
        target = line.targets[0] if isinstance(line, ast.Assign) and line.lineno <= view.lineno else None
        is_sizes = isinstance(line, ast.Assign) and ast.unparse(line.value) in (f"{text}.size()", f"{text}.shape")
        parts = target.elts if isinstance(target, ast.Tuple) and is_sizes else []
        names = [each for each in parts if isinstance(each, ast.Name)]
        if len(names) == len(parts) == len(turn.args) > 2:
            return names
    return None


def _lie_so(groups: Sequence[Sequence[str]], names: Sequence[str]) -> bool:
    """Whether axes of these names, one behind the other, are the groups: each group some that follow each other."""
    at = 0
    for group in groups:
        if sorted(group) != sorted(names[at : at + len(group)]):
            return False
        at += len(group)
    return at == len(names)
