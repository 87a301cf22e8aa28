"""Rows of a part of the batch that were put into an order made of the batch, beside another part that was not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from shapecheck.capture.instruments.axes.counted_as_given import runs_along_rows
from shapecheck.capture.instruments.rows.belonging import belong_to, belongs
from shapecheck.capture.instruments.rows.drawn_apart import made_of
from shapecheck.capture.instruments.rows.picked_for_others import picked_for_others
from shapecheck.capture.instruments.rows.rows_moved import rows_of
from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.tensors.names import assigned
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.replay import ancestors, descendants, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.user_code import expression_at, statement_at
from shapecheck.capture.recording.vocabulary import CONVERTS, IMAGES, RANDOM
from shapecheck.findings import Fix

_LEAST, _MOST = 4, 128
# What makes a tensor of the rows of another one, each of its own.
_KEEPS = CONVERTS | frozenset(["view", "reshape", "unsqueeze", "squeeze", "flatten", "sub", "div", "mul", "add"])
# What puts row k of one tensor beside row k of another one.
_JOINS = frozenset(["cat", "stack", "add", "sub", "mul", "div", "where", "lerp", "bmm", "baddbmm", "addcmul"])
_PICKS = frozenset(["__getitem__", "index_select", "gather", "take_along_dim"])
_TURNS = frozenset(["flip", "roll", "sort"])


@dataclass(frozen=True, slots=True, eq=False)
class _Moved:
    """Where the rows of a part of the batch were put into another order.

    Args:
        node: What did so.
        source: The part.
        by: The tensor that says in which.
        others: What each row was picked for, if it was.
        starts: What the step begins with of it: row k is the row that came k-th, and nothing is left of the old order.
    """

    node: Node
    source: Ref
    by: Ref
    others: Ref | None
    starts: tuple[Ref, ...]


def moved_alone(step: Step, first: int) -> Iterator[Sighting]:
    """Two parts of the batch that meet row by row, of which one was put into another order.

    The order comes of the batch itself, as that of a sort or of an assignment does, or rows of it were picked for each
    row of something else: one that is drawn picks others on purpose. And of the part that was moved nothing else is
    read, as is of one that is mixed with other rows of its own.

    Args:
        step: The step.
        first: The node behind the loss of the step before.
    """
    for item in _moved(step, first):
        for other in (ref for ref in belong_to(step, item.source) if not _is_moved(step.tape, ref, first)):
            if item.others is not None and _belong(step, item.others, other):
                # Each row may be right where it is: beside what the other was picked for.
                continue
            for start in item.starts:
                node = _meeting(step, start, other)
                if node is not None:
                    yield _told(step, item, other, node)
                    return


def _belong(step: Step, one: Ref, other: Ref) -> bool:
    """Whether two have anything to do with each other."""
    return one.node in made_of(step.tape, other) or other.node in made_of(step.tape, one) or belongs(step, one, other)


def _moved(step: Step, first: int) -> Iterator[_Moved]:
    tape = step.tape
    given = [*step.inputs, *step.targets]
    used = {index for ref in given for index in made_of(tape, ref)} | step.to_loss
    for index in sorted(at for at in used if at >= first):
        node = tape.nodes[index]
        if node.name not in _PICKS or len(node.parents) != 2 or node.root >= 0:
            continue
        (whole, by), shape = node.parents, node.shapes[0]
        rows = shape[0] if shape else 0
        if not _LEAST <= rows <= _MOST or tape.shape(whole) != shape or tape.shape(by) != (rows,):
            continue
        source = origin(tape, whole, _KEEPS, first=first)[0]
        if tape.shape(source)[:1] != (rows,) or _is_moved(tape, source, first):
            continue
        others = picked_for_others(step, source, by, first)
        if others is None and not _is_order_of_the_batch(step, source, by, first):
            continue
        starts = (Ref(index),) if index >= step.first else tuple(ref for ref in given if _has_rows_of(tape, ref, node))
        way = {ref for ref, _ in backwards(tape, whole, _KEEPS, first=first)}
        since = {at for at in used if at >= first} - made_of(tape, by)
        is_given = index < step.first and not way.isdisjoint(given)
        if starts and not is_given and not _is_read_elsewhere(tape, way, node, since):
            yield _Moved(node, source, by, others, starts)


def _is_moved(tape: Tape, ref: Ref, first: int) -> bool:
    """Whether the rows of something that a tensor was made of were put into another order."""
    nodes = (tape.nodes[index] for index in made_of(tape, ref) if index >= first)
    return any(
        node.name in _TURNS or (node.name in _PICKS and tape.shape(node.parents[0])[:1] == node.shapes[0][:1])
        for node in nodes
        if node.parents
    )


def _is_order_of_the_batch(step: Step, source: Ref, by: Ref, first: int) -> bool:
    """Whether rows were put into an order that was made of the batch: by a sort, or by what was read of its numbers."""
    tape = step.tape
    _, made = origin(tape, by, CONVERTS)
    if tape.dtype(by).is_floating_point or tape.dtype(by) == torch.bool or made.index < first:
        return False
    if made.name in ("sort", "argsort"):
        return _is_of(step, source, made.parents[0])
    try:
        order = replay(tape, ancestors(tape, [by], 0))[by] if made.function is not None else tape.held[by]
    except (KeyError, RuntimeError):
        return False
    if order.tolist() == [*range(len(order))] or sorted(order.tolist()) != [*range(len(order))]:
        return False
    above = made_of(tape, by)
    if any(tape.nodes[index].name in RANDOM for index in above):
        return False
    # A table of all pairs from which nothing on the tape was made was read outside of it.
    rows = len(order)
    tables = (index for index in range(first, made.index) if tape.nodes[index].shapes[:1] == ((rows, rows),))
    return any(_is_of(step, source, Ref(index)) for index in tables)


def _is_of(step: Step, source: Ref, made: Ref) -> bool:
    """Whether something was made of a part of the batch, or of what belongs to it."""
    keys = made_of(step.tape, made)
    return source.node in keys or any(belongs(step, source, Ref(key)) for key in keys if step.node(key).shapes)


def _has_rows_of(tape: Tape, ref: Ref, moved: Node) -> bool:
    """Whether row k of a tensor was made of row k of what was moved."""
    open_refs, seen = [ref], set[Ref]()
    while open_refs:
        at = open_refs.pop()
        if at.node == moved.index:
            return True
        node = tape.nodes[at.node]
        if at in seen or node.index < moved.index or node.name not in _KEEPS | _JOINS or runs_along_rows(node):
            continue
        seen.add(at)
        open_refs += [one for one in node.parents if tape.shape(one)[:1] == moved.shapes[0][:1]]
    return False


def _is_read_elsewhere(tape: Tape, way: set[Ref], moved: Node, used: set[int]) -> bool:
    """Whether what was moved is read besides, in the order that it had, for anything but its shape or the new order."""
    readers = (tape.nodes[index] for index in used if way & set(tape.nodes[index].parents))
    return any(
        node is not moved and node.name not in IMAGES and all(node.ref != ref for ref in way) for node in readers
    )


def _meeting(step: Step, start: Ref, other: Ref) -> Node | None:
    """The first operation that reads rows of both side by side, if each is where it was when the step began."""
    ours = {start, *(Ref(index) for index in descendants(step.tape, {start}, step.order))}
    reached = {other, *(Ref(index) for index in descendants(step.tape, {other}, step.order))}
    for node in step.all_of_loss:
        mine = [ref for ref in node.parents if ref in ours and ref not in reached]
        theirs = [ref for ref in node.parents if ref in reached and ref not in ours]
        if not mine or not theirs:
            continue
        shapes = [step.tape.shape(ref) for ref in (mine[0], theirs[0])]
        size = step.tape.shape(start)[0]
        if node.name not in _JOINS or len(shapes[0]) != len(shapes[1]) or runs_along_rows(node):
            return None
        places = [_places(step, *pair, size) for pair in ((start, mine[0]), (other, theirs[0]))]
        return node if None not in places and places[0] == places[1] else None
    return None


def _places(step: Step, source: Ref, ref: Ref, size: int) -> tuple[int, ...] | None:
    if ref == source:
        return tuple(range(size))
    found = rows_of(step, source, ref, size)
    return found.rows if found is not None and found.axis == 0 else None


def _told(step: Step, item: _Moved, other: Ref, node: Node) -> Sighting:
    line = node.spot.line if node.spot is not None else 0
    shapes = step.tape.shape(item.source), step.tape.shape(other)
    text = (
        f"the rows of {shapes[0]} were put into another order, and those of {shapes[1]}, which belong to them, were "
        f"not; in line {line} they meet row by row, each with the row of another sample"
    )
    cut = node_at(item.node, ast.Subscript)
    by = ast.unparse(cut.slice) if isinstance(cut, ast.Subscript) else "order"
    seen = sighted("rows_moved_alone", item.node, text, (Fix(f"[{by}] for what belongs to these rows, too", (), "no"),))
    call = step.tape.roots[node.root].spot if node.root >= 0 else node.spot
    is_elsewhere = call is not None and item.node.spot is not None and call.code is not item.node.spot.code
    is_elsewhere = is_elsewhere and not _is_returned_with(step, item.node, other, node)
    # A function that was given the one part knows nothing of the other: that is handed on where both are known.
    return replace(seen, span=call.span) if is_elsewhere and call is not None else seen


def _is_returned_with(step: Step, moved: Node, other: Ref, met: Node) -> bool:
    """Whether the function that put rows into another order gave back the other part as well."""
    around = moved.spot.caller if moved.spot is not None else None
    root = step.tape.roots[met.root] if met.root >= 0 else None
    if around is None or root is None or root.spot is None or root.spot.code is not around.code:
        return False
    names, call = assigned(statement_at(around.code.co_filename, around.line)), expression_at(root.spot, ast.Call)
    given = call.args if isinstance(call, ast.Call) and len(call.args) == len(root.inputs) else []
    return any(
        isinstance(item, ast.Name) and item.id in names and origin(step.tape, ref, CONVERTS)[0] == other
        for item, ref in zip(given, root.inputs, strict=False)
    )


PROBE = Probe(
    "parts of a batch are put into another order together",
    lambda look: moved_alone(look.step, look.before.loss.node + 1 if look.before is not None else 0),
    turn=Turn.LAST,
    of_samples=True,
)
