"""Numbers of the copies of samples that are held against a mean of all, by who was told how many copies there are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import takewhile
from math import prod

from torch import Tensor

from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.tensors.graphs import graph_of
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import Spot, tree_of
from shapecheck.capture.recording.vocabulary import CONVERTS
from shapecheck.findings import Fix
from shapecheck.reading.sources import class_around, is_named, is_own, unread_parameters, walk

_PASSES = CONVERTS | {"unsqueeze", "squeeze", "view", "reshape", "flatten", "__getitem__"}
_CALLERS = 2


def level_of_all_copies(step: Step) -> Iterator[Sighting]:
    """``rewards - rewards.mean()`` in ``def advantage(rewards, tries)``, which says nothing more of the tries.

    A mean of all copies may be meant, where nobody says anything else. Who is told a number, never reads it, and takes
    the level off rows of which just so many begin alike was to take one off for each of these.
    """
    for node in step.of_loss:
        if node.name != "mean" or node.spot is None or len(node.parents) != 1 or not _is_taken_off(step, node):
            continue
        rows = step.tape.shape(node.parents[0])[0]
        for name, count in _told_in_vain(node.spot, rows):
            if any(_begin_alike(step.value(ref), rows, count) for ref in step.inputs):
                text = (
                    f"{count} rows each, of {rows}, begin alike, as copies of one sample that were gone on with by "
                    f"chance, and one level of all {rows} is taken off; `{name}` says how many there are, and is never "
                    "read: what is easy is praised, and what is hard is blamed, whatever was tried"
                )
                fix = Fix(f"x.view(-1, {name}).mean(dim=1, keepdim=True)", (), "no")
                yield sighted("copies_of_others", node, text, (fix,))
                return


def _is_taken_off(step: Step, level: Node) -> bool:
    """Whether it is the mean of one number for each row that nothing was learned of, and is subtracted from these."""
    given = level.parents[0]
    shape, whole = step.tape.shape(given), _bare(step, given)
    if not shape or shape[0] < 4 or any(size != 1 for size in shape[1:]) or graph_of(step.tape, given, {}):
        return False
    if reduced_axes(step, level) not in ((), (0,)):
        return False
    for node in step.of_loss:
        is_behind = node.index > level.index and node.name == "sub" and len(node.parents) == 2
        if is_behind and [_bare(step, ref) for ref in node.parents] == [whole, level.ref]:
            return True
    return False


def _bare(step: Step, ref: Ref) -> Ref:
    """The same numbers, as they were before they were given another form."""
    count = prod(step.tape.shape(ref))
    ways = backwards(step.tape, ref, _PASSES, first=step.first, is_alone=True)
    return [at for at, _ in takewhile(lambda way: prod(step.tape.shape(way[0])) == count, ways)][-1]


def _told_in_vain(spot: Spot, rows: int) -> Iterator[tuple[str, int]]:
    """What a function around an instruction, or the object that it belongs to, was given as a number and never reads.

    Also the number itself: one that is written where something of this name is given, and by which rows fall apart.
    """
    inner: Spot | None = spot
    for _ in range(_CALLERS):
        if inner is None:
            return
        tree = tree_of(inner.code.co_filename)
        for name in _unread(inner) if tree is not None else ():
            for count in sorted(_numbers(walk(tree), name)):
                if 1 < count < rows and rows % count == 0:
                    yield name, count
        inner = inner.caller


def _unread(spot: Spot) -> set[str]:
    """Parameters of the function, and attributes that its class gives in the constructor, which nobody reads."""
    found = set(unread_parameters(spot.span))
    tree = tree_of(spot.code.co_filename)
    around = [
        item
        for item in walk(tree)
        if isinstance(item, ast.FunctionDef) and item.lineno <= spot.line <= (item.end_lineno or 0)
    ]
    owner = class_around(around[-1]) if around else None
    if owner is None:
        return found
    given = {item.attr for item in ast.walk(owner) if is_own(item) and isinstance(item.ctx, ast.Store)}
    read = {item.attr for item in walk(tree) if isinstance(item, ast.Attribute) and isinstance(item.ctx, ast.Load)}
    return found | (given - read)


def _numbers(tree: tuple[ast.AST, ...], name: str) -> set[int]:
    """The whole numbers that are written where something of a name is given: as a default, by name, or assigned."""
    given: list[ast.expr | None] = []
    for item in tree:
        if isinstance(item, ast.keyword) and item.arg == name:
            given.append(item.value)
        elif isinstance(item, ast.arguments):
            plain = [*item.posonlyargs, *item.args]
            behind = zip(plain[len(plain) - len(item.defaults) :], item.defaults, strict=True)
            named = zip(item.kwonlyargs, item.kw_defaults, strict=True)
            given += [value for argument, value in (*behind, *named) if argument.arg == name]
        elif isinstance(item, ast.Assign) and any(is_named(target, name) for target in item.targets):
            given.append(item.value)
    return {value.value for value in given if isinstance(value, ast.Constant) and type(value.value) is int}


def _begin_alike(value: Tensor, rows: int, count: int) -> bool:
    """Whether so many rows after each other begin with the same, and the next ones with something else."""
    if value.ndim < 2 or len(value) != rows:
        return False
    groups = value.reshape(rows // count, count, value.shape[1], -1)
    same = (groups == groups[:, :1]).all(-1).all(1).all(0)
    length = int(same.int().cumprod(0).sum())
    first = groups[:, 0, :length].reshape(len(groups), -1)
    is_other = (first[1:] != first[:-1]).any(1)
    return length > 0 and bool(is_other.all())


PROBE = Probe(
    "copies of a sample have a level of their own",
    lambda look: level_of_all_copies(look.step),
    turn=Turn.LAST,
)
