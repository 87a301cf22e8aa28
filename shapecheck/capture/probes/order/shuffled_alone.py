"""Samples that a script shuffles by themselves, and pairs with labels that keep the order in which they were."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.user_code import tree_of
from shapecheck.evidence import Span
from shapecheck.findings import Edit, Fix

_ORDERS = frozenset(["permutation", "randperm"])
# Labels that are all alike lose nothing.
_ALIKE = frozenset(["ones", "zeros", "full", "ones_like", "zeros_like", "full_like"])
_FEWEST = 4
Scope = ast.Module | ast.FunctionDef


def shuffled_alone(step: Step) -> Iterator[Sighting]:
    """``X = X[rng.permutation(len(X))]`` in front of ``TensorDataset(X, y)``, and ``np.random.shuffle(X)``.

    What numpy and lists do is not heard, so the statements are read: one gives the samples another order, the labels
    were there before it and get none, and behind it both are paired row by row. Of a model that is given one input and
    asked for several answers; two sets that are shuffled apart on purpose are two inputs.
    """
    root = next((root for root in step.roots if root.spot is not None), None)
    if root is None or len(step.inputs) != 1 or not _are_several_asked(step):
        return
    file = root.spot.code.co_filename  # type: ignore[union-attr]
    tree = tree_of(file)
    scopes: list[Scope] = [item for item in ast.walk(tree or ast.Pass()) if isinstance(item, Scope)]
    for scope in scopes:
        for statement in scope.body:
            moved = _moved(scope, statement)
            labels = _left(scope, statement, *moved) if moved is not None else None
            if moved is not None and labels is not None:
                yield _told(file, statement, *moved, labels)
                return


def _are_several_asked(step: Step) -> bool:
    values = (step.value_of_input(ref) for ref in step.targets)
    return any(value is not None and value.numel() >= _FEWEST and len(value.unique()) > 1 for value in values)  # type: ignore[no-untyped-call]


def _moved(scope: Scope, statement: ast.stmt) -> tuple[str, str] | None:
    """The name of what a statement gives a random order, and that of the order; none where it has none."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        is_shuffle = isinstance(call.func, ast.Attribute) and call.func.attr == "shuffle" and len(call.args) == 1
        return (call.args[0].id, "") if is_shuffle and isinstance(call.args[0], ast.Name) else None
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    target, value = statement.targets[0], statement.value
    if not isinstance(target, ast.Name) or not isinstance(value, ast.Subscript):
        return None
    if not isinstance(value.value, ast.Name) or value.value.id != target.id:
        return None
    if _is_order(value.slice):
        return target.id, ""
    order = value.slice.id if isinstance(value.slice, ast.Name) else ""
    made = [item.value for item in _assigned(scope, order)] if order else []
    return (target.id, order) if len(made) == 1 and _is_order(made[0]) else None


def _is_order(value: ast.expr) -> bool:
    called = ast.unparse(value.func).split(".")[-1] if isinstance(value, ast.Call) else ""
    return called in _ORDERS


def _left(scope: Scope, statement: ast.stmt, name: str, order: str) -> str | None:
    """The labels that a shuffle leaves behind: paired with what it moved, made before it, and touched by none."""
    end = statement.end_lineno or statement.lineno
    if order and sum(item.id == order and isinstance(item.ctx, ast.Load) for item in _names(scope)) > 1:
        return None
    if sum(item.id == name and isinstance(item.ctx, ast.Store) for item in _names(scope) if item.lineno > end):
        return None
    for labels in dict.fromkeys(_paired(scope, name, end)):
        made = _assigned(scope, labels)
        is_before = bool(made) and all((item.end_lineno or item.lineno) < statement.lineno for item in made)
        called = [item for item in ast.walk(scope) if isinstance(item, ast.Call) and _is_moving(item, labels)]
        alike = [item for item in made if isinstance(item.value, ast.Call) and _name_of(item.value) in _ALIKE]
        if is_before and not called and not alike:
            return labels
    return None


def _paired(scope: Scope, name: str, end: int) -> Iterator[str]:
    """What stands beside some samples row by row: in a dataset of pairs, or in a loop that learns."""
    behind = [item for item in ast.walk(scope) if getattr(item, "lineno", 0) > end]
    calls = [item for item in behind if isinstance(item, ast.Call) and _name_of(item) == "TensorDataset"]
    loops = [item for item in behind if isinstance(item, ast.For) and _learns(item)]
    calls += [item.iter for item in loops if isinstance(item.iter, ast.Call) and _name_of(item.iter) == "zip"]
    for call in calls:
        given = [_bare(each) for each in call.args]
        if len(given) == 2 and given[0] == name and given[1] is not None:
            yield given[1]
    for item in (part for loop in loops for part in loop.body if isinstance(part, ast.Assign | ast.Expr)):
        picked = [each for each in ast.walk(item.value) if isinstance(each, ast.Subscript)]
        rows = {each.value.id: ast.unparse(each.slice) for each in picked if isinstance(each.value, ast.Name)}
        if name in rows and ast.unparse(picked[0].value) == name and not isinstance(picked[0].slice, ast.Constant):
            yield from (other for other, same in rows.items() if other != name and same == rows[name])


def _learns(loop: ast.For) -> bool:
    return any(isinstance(item, ast.Attribute) and item.attr == "backward" for item in ast.walk(loop))


def _bare(value: ast.expr) -> str | None:
    """The name that is handed on, at most as a tensor: ``torch.from_numpy(y).long()``."""
    while isinstance(value, ast.Call):
        is_method = isinstance(value.func, ast.Attribute) and not value.args
        if not is_method and not value.args:
            return None
        value = value.func.value if is_method and isinstance(value.func, ast.Attribute) else value.args[0]
    return value.id if isinstance(value, ast.Name) else None


def _is_moving(call: ast.Call, name: str) -> bool:
    """Whether a call gives a name's rows another order, or may."""
    is_shuffle = "shuffle" in _name_of(call) or _name_of(call) in _ORDERS
    return is_shuffle and any(item.id == name for arg in call.args for item in _names(arg))


def _assigned(scope: ast.AST, name: str) -> list[ast.Assign]:
    return [
        item
        for item in ast.walk(scope)
        if isinstance(item, ast.Assign) and any(part.id == name for target in item.targets for part in _names(target))
    ]


def _names(tree: ast.AST) -> list[ast.Name]:
    return [item for item in ast.walk(tree) if isinstance(item, ast.Name)]


def _name_of(call: ast.Call) -> str:
    return ast.unparse(call.func).split(".")[-1]


def _told(file: str, statement: ast.stmt, name: str, order: str, labels: str) -> Sighting:
    text = (
        f"`{name}` is given a random order here, and `{labels}`, which is paired with it row by row, keeps the one in "
        "which both were made"
    )
    end_line, end = statement.end_lineno or statement.lineno, statement.end_col_offset or 0
    said = ast.unparse(statement)
    span = Span(file, statement.lineno, statement.col_offset, end_line, end, said)
    new = f"{name}, {labels} = {name}[{order}], {labels}[{order}]"
    title = new if order else "one order for both"
    fix = Fix(title, _edits(file, statement, new, order), "no")
    return Sighting("shuffled_apart", span, text, "shuffle", (fix,))


def _edits(file: str, statement: ast.stmt, new: str, order: str) -> tuple[Edit, ...]:
    if not order or not isinstance(statement, ast.Assign):
        return ()
    whole = ast.copy_location(ast.Name(new), statement)
    return replaced_text(file, whole, new)


PROBE = Probe(
    "samples and labels are shuffled together",
    lambda look: shuffled_alone(look.step),
    needs_no_run=True,
    turn=Turn.LAST,
)
