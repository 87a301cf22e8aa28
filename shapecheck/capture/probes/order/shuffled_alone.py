"""Samples that a script shuffles by themselves, and pairs with labels that keep the order in which they were."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from shapecheck.capture.instruments.rows.written_rows import (
    are_drawn,
    called_too,
    is_later,
    is_written_behind,
    names_in,
    names_there,
    shares,
)
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import expression_at, span_of, tree_of
from shapecheck.capture.recording.vocabulary import HANDS_ON
from shapecheck.findings import Edit, Fix
from shapecheck.reading.assignments import values_given
from shapecheck.reading.sources import is_named, last_name, learns, walk
from shapecheck.reading.vocabulary import ALL_ALIKE, ARRAYS, TENSORS

_ORDERS = frozenset(["permutation", "randperm"])
_SHUFFLED = frozenset(["permutation", "shuffle"])
# What hands on an array, at most as a tensor, with its rows as they are.
_AS_IT_IS = frozenset(
    [*TENSORS, *ARRAYS, "from_numpy", "ascontiguousarray", "float", "double", "long", "int", "float32", "int64",
     "copy", "clone", "contiguous", "list"]
)  # fmt: skip
_PICKS = HANDS_ON | {"stack", "index_select", "float"}
_FEWEST, _SAME = 4, 1e-5
Scope = ast.Module | ast.FunctionDef


@dataclass(frozen=True, slots=True)
class _Moved:
    """Samples in a random order: their name, what they are rows of, and the name of the order if it has one."""

    name: str
    source: str
    order: str = ""


def shuffled_alone(step: Step) -> Iterator[Sighting]:
    """``X = X[rng.permutation(len(X))]`` in front of ``TensorDataset(X, y)``, and ``np.random.shuffle(X)``.

    What numpy and lists do is not heard, so the statements are read: one gives the samples another order, the labels
    were there before it and get none, and behind it both are paired row by row. Of a model that is given one input and
    asked for several answers; two sets that are shuffled apart on purpose are two inputs, or the loss compares only
    how they are distributed, and is the same for the answers in any order.
    """
    root = next((root for root in step.roots if root.spot is not None), None)
    targets = _of_rows(step) if root is not None and len(step.inputs) == 1 else []
    if not targets:
        return
    file = root.spot.code.co_filename  # type: ignore[union-attr]
    tree = tree_of(file) or ast.Pass()
    scopes: list[Scope] = [item for item in walk(tree) if isinstance(item, Scope)]
    for scope in scopes:
        for statement in _statements(scope):
            moved = _moved(scope, statement)
            for labels in _left(tree, scope, statement, moved) if moved is not None else ():
                if moved is not None and _are_asked(step, targets, called_too(scope, labels)):
                    # Labels that were cut out of the whole are to be picked by the order, and the samples are by now.
                    is_cut = moved.name != moved.source and _cut_out_of(scope, labels) is not None
                    yield _told(file, _assigned(scope, labels)[0] if is_cut else statement, moved, labels)
                    return


def _statements(block: ast.AST) -> Iterator[ast.stmt]:
    """The statements of a scope, and of the loops in it."""
    for item in getattr(block, "body", ()):
        yield item
        if isinstance(item, ast.For | ast.While | ast.With):
            yield from _statements(item)


def _of_rows(step: Step) -> list[Ref]:
    """The targets that hold several answers, and give another loss where these stand in another order."""
    found = []
    for ref in step.targets:
        value = step.value_of_input(ref)
        if value is None or value.ndim == 0 or value.numel() < _FEWEST or len(value.unique()) < 2:  # type: ignore[no-untyped-call]
            continue
        try:
            base, after = step.run(), step.changed(ref, value.roll(1, 0))
        except (IndexError, RuntimeError):
            # What goes in this order alone is no list of answers.
            continue
        if any(_differ(base[term.ref], after[term.ref]) for term in step.terms if term.ref in after):
            found.append(ref)
    return found


def _differ(one: Tensor, other: Tensor) -> bool:
    one, other = one.double().sum(), other.double().sum()
    return bool((one - other).abs() > _SAME * (one.abs() + other.abs()))


def _are_asked(step: Step, targets: list[Ref], names: set[str]) -> bool:
    """Whether a target was made of what has one of these names."""
    nodes = (node for ref in targets for _, node in backwards(step.tape, ref, _PICKS))
    return any(names & _names_at(node) for node in nodes)


def _names_at(node: Node) -> set[str]:
    tree = tree_of(node.spot.code.co_filename) if node.spot is not None else None
    if tree is None or node.spot is None:
        return set()
    at = expression_at(node.spot, ast.expr)
    return {*names_there(tree, node.spot.line), *(one.id for one in names_in(at or ast.Pass()))}


def _moved(scope: Scope, statement: ast.stmt) -> _Moved | None:
    """What a statement gives a random order, or picks by one; None where it does nothing of the kind."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        is_shuffle = isinstance(call.func, ast.Attribute) and call.func.attr == "shuffle" and len(call.args) == 1
        given = call.args[0] if is_shuffle else None
        return _Moved(given.id, given.id) if isinstance(given, ast.Name) else None
    for target, value in _parts(statement):
        if isinstance(value, ast.Call) and last_name(value.func) in _SHUFFLED and value.args:
            given = value.args[0]
            return _Moved(target, target) if is_named(given, target) else None
        if not isinstance(value, ast.Subscript) or not isinstance(value.value, ast.Name):
            continue
        rows, source = value.slice, value.value.id
        if isinstance(rows, ast.Subscript) and isinstance(rows.slice, ast.Slice):
            rows = rows.value
        if _is_order(rows) and source == target:
            return _Moved(target, source)
        made = _assigned(scope, rows.id) if isinstance(rows, ast.Name) else []
        if isinstance(rows, ast.Name) and len(made) == 1 and _is_order(made[0].value):
            return _Moved(target, source, rows.id)
    return None


def _parts(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """The names that a statement gives, each with its value: ``a, b = x[i], x[j]``."""
    yield from ((target.id, value) for target, value in values_given(statement) if isinstance(target, ast.Name))


def _is_order(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and last_name(value.func) in _ORDERS


def _left(tree: ast.AST, scope: Scope, statement: ast.stmt, moved: _Moved) -> Iterator[str]:
    """The labels that a shuffle leaves behind: paired with what it moved, made before it, and touched by none."""
    end = statement.end_lineno or statement.lineno
    if (moved.order and not _picks_alone(scope, moved)) or is_written_behind(tree, scope, moved.name, end):
        return
    samples = [item.value for item in _assigned(scope, moved.source) if item.lineno < statement.lineno]
    same = {moved.source, *(value.id for value in samples if isinstance(value, ast.Name))}
    in_place = isinstance(statement, ast.Expr)
    orders = [_moved(scope, each) for each in _statements(scope)]
    for labels in dict.fromkeys(_paired(scope, moved.name, end)):
        whole = (_cut_out_of(scope, labels) if moved.name != moved.source else None) or labels
        if whole == moved.source or any(each is not None and each.name == whole for each in orders):
            # What has a random order of its own is heard, and told where rows are.
            continue
        made = [item.value for item in _assigned(scope, whole)]
        is_before = bool(made) and all((value.end_lineno or value.lineno) < statement.lineno for value in made)
        called = [item for item in ast.walk(scope) if isinstance(item, ast.Call) and _is_moving(item, whole)]
        alike = [value for value in made if isinstance(value, ast.Call) and last_name(value.func) in ALL_ALIKE]
        follows = [value for value in made if is_later(value) or (in_place and shares(value, same))]
        is_meant = are_drawn(samples, made, moved.source, whole) or is_written_behind(tree, scope, whole, end)
        if is_before and not (called or alike or follows or is_meant):
            yield labels


def _picks_alone(scope: Scope, moved: _Moved) -> bool:
    """Whether an order picks rows of nothing else, and nobody reads it for anything else."""
    read = [item for item in names_in(scope) if item.id == moved.order and isinstance(item.ctx, ast.Load)]
    picks = [item for item in ast.walk(scope) if isinstance(item, ast.Subscript) and isinstance(item.value, ast.Name)]
    own = [item for pick in picks if pick.value.id == moved.source for item in names_in(pick.slice)]  # type: ignore[attr-defined]
    return all(any(item is each for each in own) for item in read)


def _cut_out_of(scope: Scope, labels: str) -> str | None:
    """What labels are the first or the last rows of: ``y[:90]``; None if they were made otherwise."""
    found = [value for item in _assigned(scope, labels) for name, value in _parts(item) if name == labels]
    if len(found) != 1 or not isinstance(found[0], ast.Subscript) or not isinstance(found[0].slice, ast.Slice):
        return None
    return found[0].value.id if isinstance(found[0].value, ast.Name) else None


def _paired(scope: Scope, name: str, end: int) -> Iterator[str]:
    """What stands beside some samples row by row: in a dataset of pairs, or in a loop that learns."""
    behind = [item for item in _walked(scope, name) if getattr(item, "lineno", 0) > end]
    calls = [item for item in behind if isinstance(item, ast.Call) and last_name(item.func) == "TensorDataset"]
    loops = [item for item in behind if isinstance(item, ast.For) and learns(item)]
    calls += [item.iter for item in loops if isinstance(item.iter, ast.Call) and last_name(item.iter.func) == "zip"]
    for call in calls:
        given = [_bare(each) for each in call.args]
        if len(given) == 2 and given[0] == name and given[1] is not None:
            yield given[1]
    for item in (part for loop in loops for part in loop.body if isinstance(part, ast.Assign | ast.Expr)):
        picked = [each for each in ast.walk(item.value) if isinstance(each, ast.Subscript)]
        rows = {each.value.id: ast.unparse(each.slice) for each in picked if isinstance(each.value, ast.Name)}
        if name in rows and ast.unparse(picked[0].value) == name and not isinstance(picked[0].slice, ast.Constant):
            yield from (other for other, same in rows.items() if other != name and same == rows[name])


def _walked(scope: ast.AST, name: str) -> Iterator[ast.AST]:
    """All that stands in a scope, but not in functions that are given something else by the same name."""
    yield scope
    for item in ast.iter_child_nodes(scope):
        own = item.args.args if isinstance(item, ast.FunctionDef | ast.Lambda) else []
        if all(arg.arg != name for arg in own):
            yield from _walked(item, name)


def _bare(value: ast.expr) -> str | None:
    """The name that is handed on, at most as a tensor: ``torch.from_numpy(y).long()``."""
    while isinstance(value, ast.Call):
        is_method = isinstance(value.func, ast.Attribute) and not value.args
        if last_name(value.func) not in _AS_IT_IS or (not is_method and not value.args):
            return None
        value = value.func.value if is_method and isinstance(value.func, ast.Attribute) else value.args[0]
    return value.id if isinstance(value, ast.Name) else None


def _is_moving(call: ast.Call, name: str) -> bool:
    """Whether a call gives a name's rows another order, or may."""
    is_shuffle = "shuffle" in last_name(call.func) or last_name(call.func) in _ORDERS
    return is_shuffle and any(is_named(given, name) for given in call.args)


def _assigned(scope: ast.AST, name: str) -> list[ast.Assign]:
    return [
        item
        for item in ast.walk(scope)
        if isinstance(item, ast.Assign) and any(part.id == name for target in item.targets for part in names_in(target))
    ]


def _told(file: str, statement: ast.stmt, moved: _Moved, labels: str) -> Sighting:
    text = (
        f"`{moved.name}` is given a random order, and `{labels}`, which is paired with it row by row, keeps the "
        "one in which both were made"
    )
    said, order = ast.unparse(statement), moved.order if moved.name == moved.source else ""
    span = span_of(file, statement, said)
    new = f"{moved.name}, {labels} = {moved.name}[{order}], {labels}[{order}]"
    both = f"{labels}[{moved.order}]" if moved.order else f"{moved.name}[order], {labels}[order]"
    title = new if order else f"one order for both: {both}"
    fix = Fix(title, _edits(file, statement, new, order), "no")
    return Sighting("shuffled_apart", span, text, "shuffle", (fix,))


def _edits(file: str, statement: ast.stmt, new: str, order: str) -> tuple[Edit, ...]:
    if not order or not isinstance(statement, ast.Assign):
        return ()
    return replaced_text(file, statement, new)


PROBE = Probe(
    "samples and labels are shuffled together",
    lambda look: shuffled_alone(look.step),
    needs_no_run=True,
    turn=Turn.LAST,
)
