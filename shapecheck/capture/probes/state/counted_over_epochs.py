"""Measures that are told once an epoch, and that go on counting from where the epoch before has ended."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from shapecheck.capture.instruments.steps.epoch_loops import Epochs, epochs_around
from shapecheck.capture.instruments.steps.resets import is_blank
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step, has_parameters
from shapecheck.capture.recording.tape import Root
from shapecheck.capture.recording.user_code import span_of
from shapecheck.findings import Fix
from shapecheck.reading.assignments import values_given
from shapecheck.reading.sources import (
    function_around,
    is_named,
    is_own,
    last_name,
    names_in,
    parents,
    under_methods,
    walk,
)

_CONVERTED = frozenset(["item", "float", "cpu", "detach", "numpy"])
_SIZES = frozenset(["len", "size", "numel", "nelement"])


@dataclass(frozen=True, slots=True, eq=False)
class _Meter:
    """A class that counts, and that has a method which nobody calls to count anew.

    Args:
        kind: Its name.
        counts: Its method that counts.
        resets: The method that blanks what is counted.
        told: What is read off it: its other methods, and its attributes.
    """

    kind: str
    counts: str
    resets: str
    told: frozenset[str]


def counted_over_epochs(step: Step) -> Iterator[Sighting]:
    """``meter.update(...)`` for each batch and ``meter.compute()`` for each epoch, and nowhere ``meter.reset()``.

    The same with plain numbers that are zero in front of both loops, and divided by the number of batches once an
    epoch. A mean of all batches so far may be meant so, if nothing says that it could be begun anew. What an evaluation
    itself keeps by a name, and begins once, is told of elsewhere.
    """
    seen = set[tuple[object, int]]()
    for root in step.roots:
        if root.spot is None or root.spot.place in seen or not has_parameters(root.module):
            continue
        seen.add(root.spot.place)
        epochs = epochs_around(root.spot)
        found = next(chain(_meters_read(epochs, root), _sums_read(epochs, root)), None) if epochs is not None else None
        if found is not None:
            yield found
            return


def _meters_read(epochs: Epochs, root: Root) -> Iterator[Sighting]:
    file = epochs.source.file
    meters = list(_meters(epochs))
    within = list(epochs.within()) if meters else []
    behind = list(epochs.behind()) if meters else []
    for meter in meters:
        calls = [item for item in (*within, *behind) if isinstance(item, ast.Call)]
        if any(last_name(call.func) == meter.kind for call in calls):
            continue
        counted = [call for call in within if isinstance(call, ast.Call) and _is_asked(call.func, {meter.counts})]
        read = [item for item in behind if isinstance(item, ast.Attribute) and _is_asked(item, meter.told)]
        read = [item for item in read if root.graded or not isinstance(item.value, ast.Name)]
        if counted and read:
            item = min(read, key=lambda one: one.lineno)
            text = (
                f"`{ast.unparse(item)}` is read once in each round of the loop in line {epochs.epochs.lineno}, and "
                f"{meter.counts}() counts for each batch in it; {meter.kind}.{meter.resets}() would count anew, and "
                "nobody calls it: what is told of an epoch is of all those before it as well"
            )
            fix = Fix(f"{ast.unparse(item.value)}.{meter.resets}() behind it", (), "no")
            yield Sighting("counted_over_epochs", span_of(file, item), text, meter.kind, (fix,))


def _meters(epochs: Epochs) -> Iterator[_Meter]:
    tree = epochs.source.tree
    classes = [item for item in walk(tree) if isinstance(item, ast.ClassDef)]
    for kind in classes:
        methods = {item.name: item for item in kind.body if isinstance(item, ast.FunctionDef)}
        others = {
            item.name
            for other in classes
            if other is not kind
            for item in other.body
            if isinstance(item, ast.FunctionDef)
        }
        for name, method in methods.items():
            counted = {part for item in ast.walk(method) if (part := _counted(item))}
            resets = {other for other, each in methods.items() if counted and counted <= _blanked_by(each)}
            resets -= {name, "__init__"}
            if len(resets) != 1 or name in others or name == "forward" or _is_called(tree, kind, resets):
                continue
            (reset,) = resets
            told = {other for other, each in methods.items() if _own_read(each) & counted} | counted
            told |= {part for item in ast.walk(method) for part in _made_of(item, counted)}
            yield _Meter(kind.name, name, reset, frozenset(told - {name, reset, "__init__"}))


def _counted(item: ast.AST) -> str:
    """The attribute, or that of whose items one is, to which a statement adds something; nothing for others."""
    if not isinstance(item, ast.AugAssign) or not isinstance(item.op, ast.Add):
        return ""
    target = item.target.value if isinstance(item.target, ast.Subscript) else item.target
    return target.attr if is_own(target) else ""


def _blanked_by(method: ast.FunctionDef) -> set[str]:
    """The attributes that begin anew in a method."""
    given = (pair for item in walk(method) for pair in values_given(item))
    return {target.attr for target, value in given if is_own(target) and is_blank(value)}


def _made_of(item: ast.AST, counted: set[str]) -> set[str]:
    """The attributes that a statement makes of what is counted, such as ``self.avg = self.sum / self.count``."""
    if not isinstance(item, ast.Assign) or not _own_read(item.value) & counted:
        return set()
    return {target.attr for target in item.targets if is_own(target)}


def _own_read(around: ast.AST) -> set[str]:
    return {item.attr for item in ast.walk(around) if is_own(item) and isinstance(item.ctx, ast.Load)}


def _is_called(tree: ast.AST, kind: ast.ClassDef, names: set[str]) -> bool:
    """Whether anything but the constructor of a class asks for methods of these names."""
    init = next((item for item in kind.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"), None)
    own = {id(item) for item in ast.walk(init)} if init is not None else set()
    asked = (item for item in walk(tree) if isinstance(item, ast.Attribute) and item.attr in names)
    return any(id(item) not in own for item in asked)


def _is_asked(item: ast.AST, names: set[str] | frozenset[str]) -> bool:
    return isinstance(item, ast.Attribute) and item.attr in names and not is_own(item)


def _sums_read(epochs: Epochs, root: Root) -> Iterator[Sighting]:
    """Sums that begin in front of both loops of a training, over the number of batches, once in each round."""
    home = function_around(epochs.epochs)
    if home is not function_around(epochs.batches) or not root.graded:
        return
    inner = {id(item) for item in ast.walk(epochs.batches)}
    sums = {name for name in _added_to(epochs.batches) if _begins_in_front(epochs, home, name)}
    for item in ast.walk(epochs.epochs):
        if id(item) in inner or not isinstance(item, ast.BinOp) or not isinstance(item.op, ast.Div):
            continue
        of = under_methods(item.left, _CONVERTED)
        left = of.id if isinstance(of, ast.Name) else ""
        by_size = isinstance(item.right, ast.Call) and last_name(item.right.func) == "len"
        if left in sums and by_size and not _is_of_sizes(epochs.batches, left):
            text = (
                f"`{left}` is added to for each batch, and told once in each round of the loop in line "
                f"{epochs.epochs.lineno}; it begins in front of that: what is told of an epoch is of all those before "
                "it as well"
            )
            fix = Fix(f"{left} begins anew within the loop", (), "no")
            yield Sighting("counted_over_epochs", span_of(epochs.source.file, item), text, left, (fix,))


def _added_to(loop: ast.AST) -> set[str]:
    added = (item for item in ast.walk(loop) if isinstance(item, ast.AugAssign) and isinstance(item.op, ast.Add))
    return {item.target.id for item in added if isinstance(item.target, ast.Name)}


def _is_of_sizes(loop: ast.AST, name: str) -> bool:
    """Whether all that is added to a name are numbers and sizes: so many samples were seen, or rounds were run."""
    added = [item.value for item in ast.walk(loop) if isinstance(item, ast.AugAssign) and is_named(item.target, name)]
    return all(
        isinstance(value, ast.Constant)
        or (isinstance(value, ast.Call) and last_name(value.func) in _SIZES)
        or any(isinstance(part, ast.Attribute) and part.attr == "shape" for part in ast.walk(value))
        for value in added
    )


def _begins_in_front(epochs: Epochs, home: ast.AST | None, name: str) -> bool:
    """Whether a name is zero in front of the outer loop, and in that nothing but added to."""
    stored = [item for item in ast.walk(epochs.epochs) if isinstance(item, ast.Name) and item.id == name]
    stored = [item for item in stored if isinstance(item.ctx, ast.Store)]
    if not all(isinstance(next(parents(item), None), ast.AugAssign) for item in stored):
        return False
    around = home if home is not None else epochs.source.tree
    values = [
        value
        for item in ast.walk(around)
        if isinstance(item, ast.Assign) and item.lineno < epochs.epochs.lineno
        for target, value in values_given(item)
        if name in names_in(target)
    ]
    return bool(values) and all(map(is_blank, values))


PROBE = Probe(
    "what is told of an epoch is counted in that alone",
    lambda look: counted_over_epochs(look.step),
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
    turn=Turn.LAST,
)
