"""Loops of a script that carry a sum on and keep each of its values: ``total = r + g * total; sums.append(total)``."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.recording.user_code import Spot, expression_at, span_of, tree_of
from shapecheck.evidence import Span
from shapecheck.reading.sources import is_named, last_name, names_in, walk

_KEEPS = {"append": 0, "appendleft": 0, "insert": 1}


@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """A sum that a loop carries on.

    Args:
        loop: The loop.
        sum: The statement that makes the next value of the last one.
        keeps: The statement that keeps it.
        method: By which method of a list; empty where it is written to its place: ``sums[t] = total``.
    """

    loop: ast.For
    sum: ast.Assign | ast.AugAssign
    keeps: ast.stmt
    method: str

    @property
    def is_backwards(self) -> bool:
        """Whether the loop says that it runs from the end to the beginning."""
        return any(_runs_backwards(item) for item in ast.walk(self.loop.iter))

    @property
    def adds_items(self) -> bool:
        """Whether what is added is an item of what the loop goes over, and not made in the loop itself."""
        return not names_in(self.loop.target).isdisjoint(names_in(self.sum.value))


def carried_sum(spot: Spot) -> Carried | None:
    """The one loop that carries a sum on, in the function of an instruction or those around it; else in its file."""
    tree = tree_of(spot.code.co_filename)
    if tree is None:
        return None
    found, around = carried_sums(tree), spot
    while around is not None and len(found) > 1:
        inside = [one for one in found if _is_in(one.loop, around)]
        found, around = inside or found, around.caller  # type: ignore[assignment]
    return found[0] if len(found) == 1 else None


def carried_sums(tree: ast.AST) -> list[Carried]:
    """All such loops of a file; of loops in each other the innermost one."""
    found: dict[ast.stmt, Carried] = {}
    for loop in walk(tree):
        if not isinstance(loop, ast.For):
            continue
        inner = [item for part in loop.body for item in ast.walk(part)]
        sums = {_carries(item): item for item in inner if isinstance(item, ast.Assign | ast.AugAssign)}
        for item in inner:
            written = _writes(item)
            if isinstance(item, ast.Assign) and written and written in sums:
                found[item] = Carried(loop, sums[written], item, "")
            call = item.value if isinstance(item, ast.Expr) else None
            if not isinstance(item, ast.stmt) or not isinstance(call, ast.Call):
                continue
            method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            kept = call.args[_KEEPS[method] :][:1] if method in _KEEPS else []
            name = kept[0].id if kept and isinstance(kept[0], ast.Name) else ""
            if name in sums and name:
                found[item] = Carried(loop, sums[name], item, method)
    return [*found.values()]


def is_taken_as_filled(carried: Carried, spot: Spot) -> bool:
    """Whether what a loop fills from the end on is what a call takes, with nothing done to its order in between."""
    kept = carried.keeps.value if isinstance(carried.keeps, ast.Expr) else None
    call = expression_at(spot, ast.Call)
    around = function_around(spot) or tree_of(spot.code.co_filename)
    if carried.method != "append" or not carried.is_backwards or not isinstance(kept, ast.Call):
        return False
    name = kept.func.value if isinstance(kept.func, ast.Attribute) else None
    taken = call.args[0] if isinstance(call, ast.Call) and call.args else None
    if not isinstance(name, ast.Name) or not isinstance(taken, ast.Name) or taken.id != name.id or around is None:
        return False
    if carried.loop.lineno > spot.line or not any(item is carried.loop for item in ast.walk(around)):
        return False
    for item in ast.walk(around):
        is_given = is_named(item, name.id) and isinstance(item.ctx, ast.Store)
        if is_given and isinstance(item, ast.Name) and carried.loop.lineno < item.lineno < spot.line:
            return False
        is_method = isinstance(item, ast.Attribute) and is_named(item.value, name.id)
        if is_method and isinstance(item, ast.Attribute) and item.attr in ("reverse", "sort", "insert"):
            return False
    return True


def unread_beside(carried: Carried, name: str, column: int | None) -> str:
    """The name that a loop gives to the items of a list and then never reads; empty if there is none."""
    loop = carried.loop
    targets = loop.target.elts if isinstance(loop.target, ast.Tuple) else []
    given: ast.expr | None = None
    if column is not None:
        given = targets[column] if name in _mentioned(loop.iter) and column < len(targets) else None
    else:
        for item in ast.walk(loop.iter):
            if isinstance(item, ast.Call) and is_named(item.func, "zip"):
                pairs = zip(item.args, targets, strict=False)
                given = next((target for part, target in pairs if name in _mentioned(part)), None)
    read = {item.id for part in loop.body for item in ast.walk(part) if _is_read(item)}  # type: ignore[attr-defined]
    return given.id if isinstance(given, ast.Name) and given.id not in read else ""


def says_when_to_reset(tree: ast.AST, name: str) -> bool:
    """Whether what is put into a list of this name decides, where it is made, whether something is reset."""
    put = set[str]()
    for item in walk(tree):
        if isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute) and item.func.attr == "append":
            given = item.args[0] if item.args else None
            if last_name(item.func.value) == name and isinstance(given, ast.Name):
                put.add(given.id)
    for item in walk(tree):
        test = item.test if isinstance(item, ast.If | ast.IfExp) else None
        if isinstance(test, ast.Name) and test.id in put and isinstance(item, ast.If | ast.IfExp):
            body = item.body if isinstance(item.body, list) else [item.body]
            calls = [inner.func for part in body for inner in ast.walk(part) if isinstance(inner, ast.Call)]
            if any("reset" in last_name(call) for call in calls):
                return True
    return False


def is_mentioned_in(carried: Carried, name: str) -> bool:
    """Whether a loop has anything to do with what goes by a name."""
    return name in _mentioned(carried.loop)


def is_called_from(carried: Carried, spot: Spot) -> bool:
    """Whether a loop stands in another function than the one of an instruction, and is called there."""
    tree = tree_of(spot.code.co_filename)
    function = function_around(spot)
    if function is not None:
        return not _is_in(carried.loop, spot)
    makers = [item for item in walk(tree) if isinstance(item, ast.FunctionDef)] if tree is not None else []
    return any(item.lineno <= carried.loop.lineno <= (item.end_lineno or 0) for item in makers)


def place_of(spot: Spot, statement: ast.stmt) -> Span:
    """Where a statement stands, by its first line."""
    return span_of(spot.code.co_filename, statement, ast.unparse(statement).splitlines()[0])


def _writes(item: ast.AST) -> str:
    """The name of what a statement writes to a place of something, be it that it is made in the same statement."""
    if not isinstance(item, ast.Assign) or not any(isinstance(target, ast.Subscript) for target in item.targets):
        return ""
    names = [target.id for target in item.targets if isinstance(target, ast.Name)]
    return item.value.id if isinstance(item.value, ast.Name) else next(iter(names), "")


def _carries(item: ast.AST) -> str:
    """The name of a sum that a statement makes of its last value."""
    if isinstance(item, ast.AugAssign) and isinstance(item.target, ast.Name):
        return item.target.id
    names = (
        [target.id for target in item.targets if isinstance(target, ast.Name)] if isinstance(item, ast.Assign) else []
    )
    if not isinstance(item, ast.Assign) or len(names) != 1 or isinstance(item.value, ast.Name):
        return ""
    is_alone = len(item.targets) == 1 or _writes(item) == names[0]
    return names[0] if is_alone and names[0] in _mentioned(item.value) else ""


def _mentioned(item: ast.AST) -> set[str]:
    return {last_name(inner) for inner in ast.walk(item) if isinstance(inner, ast.Name | ast.Attribute)}


def _is_read(item: ast.AST) -> bool:
    return isinstance(item, ast.Name) and isinstance(item.ctx, ast.Load)


def _runs_backwards(item: ast.AST) -> bool:
    if isinstance(item, ast.Call) and isinstance(item.func, ast.Name):
        return item.func.id == "reversed" or (item.func.id == "range" and _is_minus_one(item.args[-1:]))
    return isinstance(item, ast.Slice) and item.lower is None and item.upper is None and _is_minus_one([item.step])


def _is_minus_one(items: list[ast.expr] | list[ast.expr | None]) -> bool:
    return any(
        isinstance(item, ast.UnaryOp)
        and isinstance(item.op, ast.USub)
        and isinstance(item.operand, ast.Constant)
        and item.operand.value == 1
        for item in items
    )


def _is_in(loop: ast.For, spot: Spot) -> bool:
    function = function_around(spot)
    return function is not None and function.lineno <= loop.lineno <= (function.end_lineno or 0)


__all__ = [
    "Carried",
    "carried_sum",
    "carried_sums",
    "is_called_from",
    "is_mentioned_in",
    "is_taken_as_filled",
    "place_of",
    "says_when_to_reset",
    "unread_beside",
]  # fmt: skip
