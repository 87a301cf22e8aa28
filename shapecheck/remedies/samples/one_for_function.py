"""One sample given to a function that takes apart the sizes of many, where only the first of its results is read."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import suffixed, whole_number
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.samples.first_axes import first_axis_readings, takes_first
from shapecheck.reading.sources import home_around, last_name, node_at, statement_of, walk

CAUSE = "missing_batch_axis"
_COST = 0.04
_WHICH = "another axis than that of the samples may be the one that is missing"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``stretch(clip.unsqueeze(0), 2)[0]`` where the function writes ``n, channels, steps = clip.shape``."""
    return list(_as_one_sample(evidence))


def _as_one_sample(evidence: Evidence) -> Iterator[Candidate]:
    found = says(evidence, r"not enough values to unpack \(expected (\d+), got (\d+)\)")
    operation = failed(evidence, "unpack")
    item = operand(operation, "value") if operation is not None else None
    if found is None or item is None or item.value.type != "Size" or int(found[1]) != int(found[2]) + 1:
        return
    name = item.expression.removesuffix(".size()").removesuffix(".shape")
    given = next(iter(evidence.origins.get(name, ())), None)
    place = node_at(given.span) if given is not None else None
    call = getattr(place, "parent", None)
    callers = [frame for frame in evidence.frames if frame.is_user][-2:-1]
    if given is None or not isinstance(call, ast.Call) or place not in call.args or not callers:
        return
    # Of a model more is known: with what it has run before.
    is_plain = evidence.user_frame is not None and evidence.user_frame.function == last_name(call.func)
    if not is_plain or node_at(callers[0].span) is not call or "other" in first_axis_readings(callers[0].span):
        return
    change = suffixed(given.span, ".unsqueeze(0)")
    yield Candidate(change.text, (change,), (), _COST, "" if _is_read_alone(call) else _WHICH)


def _is_read_alone(call: ast.Call) -> bool:
    """Whether the first result is read as that of the only sample: its axis dropped, or several items taken of it."""
    for taken in takes_first(call):
        first = _through(taken)
        names = _stored(first)
        if isinstance(taken, ast.Call) or any(_takes_second(each, first, names) for each in walk(home_around(call))):
            return True
    return False


def _through(node: ast.expr) -> ast.expr:
    """An expression with the methods behind it that keep its axes: ``y[0].detach().numpy()``."""
    while isinstance(up := getattr(node, "parent", None), ast.Attribute) and isinstance(
        call := getattr(up, "parent", None), ast.Call
    ):
        if last_name(call.func) not in ("numpy", "detach", "cpu", "clone", "float", "tolist", "contiguous"):
            break
        node = call
    return node


def _stored(node: ast.expr) -> set[str]:
    line = statement_of(node)
    targets = line.targets if isinstance(line, ast.Assign) and line.value is node else []
    return {each.id for each in targets if isinstance(each, ast.Name)}


def _reads(node: ast.expr, call: ast.expr, names: set[str]) -> bool:
    return node is call or (isinstance(node, ast.Name) and node.id in names)


def _takes_second(node: ast.AST, value: ast.expr, names: set[str]) -> bool:
    """Whether an item behind the first is taken of a value or of a name that it was given."""
    if not isinstance(node, ast.Subscript) or not _reads(node.value, value, names):
        return False
    first = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
    return (whole_number(first) or 0) > 0
