"""Loops that take item by item along one axis of a tensor, and end at the size of another axis of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.capture.instruments.axes.named_sizes import axes_by_name, axis_spelt, stores_between
from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import span_of
from shapecheck.capture.recording.vocabulary import CONVERTS, PRODUCTS, TURNS
from shapecheck.findings import Edit, Fix
from shapecheck.reading.sources import is_named, items_of, last_name, parents


def counted_by_another_axis(look: Look) -> Iterator[Sighting]:
    """``for t in range(1, x.size(2)): ... x[:, t]``: as many steps as there are features, and the rest is never seen.

    Only where the other axis is shorter: a loop over all of it would otherwise not end without an error. A table of
    which the loop takes rows and columns is left alone, and so is one of products of pairs: its first columns may be
    those of the rows.
    """
    step, asked = look.step, set[object]()
    first = step.tape.evaluated_from if look.before is None else min(step.first, look.before.last)
    for node in map(step.node, range(first, step.last)):
        if node.name != "__getitem__" or node.spot is None or node.spot.place in asked or not node.parents:
            continue
        asked.add(node.spot.place)
        seen = _seen(node, step.tape.shape(node.parents[0]))
        if seen is not None and not _is_of_pairs(look, node):
            yield seen
            return


def _seen(node: Node, shape: tuple[int, ...]) -> Sighting | None:
    taken = node_at(node, ast.Subscript)
    if not isinstance(taken, ast.Subscript) or not isinstance(taken.value, ast.Name) or node.spot is None:
        return None
    file, tensor = node.spot.code.co_filename, taken.value.id
    for loop in _loops(taken):
        if not isinstance(loop.target, ast.Name) or tensor in _stored(loop):
            continue
        at = _place(taken, loop.target.id)
        counted = _counted(loop, file, tensor) if at is not None else None
        if at is None or counted is None or at >= len(shape):
            continue
        size, axis = counted
        if not -len(shape) <= axis < len(shape) or shape[axis % len(shape)] >= shape[at]:
            continue
        axis %= len(shape)
        others = (item for item in ast.walk(loop) if isinstance(item, ast.Subscript) and is_named(item.value, tensor))
        if axis == at or any(_place(item, loop.target.id) == axis for item in others):
            continue
        text = (
            f"{ast.unparse(taken)} takes an item of axis {at} of {shape}, of which there are {shape[at]}, and the loop "
            f"ends at the size of axis {axis}, which is {shape[axis]}: the others are never taken"
        )
        edits = _edit(file, size, tensor, at)
        seen = sighted("counted_by_another_axis", node, text, (Fix(f"{tensor}.size({at})", edits, "no"),))
        return replace(seen, span=span_of(file, loop.iter))
    return None


def _is_of_pairs(look: Look, node: Node) -> bool:
    """Whether a table holds the products of two sets of rows, of which neither is learned weights."""
    made = origin(look.step.tape, node.parents[0], CONVERTS | {"div", "mul"})[1]
    is_table = made.name in PRODUCTS and len(made.shapes[0]) == 2
    return is_table and not any(
        one.kind == "parameter" for ref in made.parents for _, one in backwards(look.step.tape, ref, CONVERTS | TURNS)
    )


def _loops(taken: ast.Subscript) -> Iterator[ast.For | ast.comprehension]:
    """The loops around an expression, whose statements or comprehensions it stands in, the outermost first."""
    for item in reversed([*parents(taken)]):
        if isinstance(item, ast.For):
            yield item
        elif isinstance(item, ast.ListComp | ast.GeneratorExp):
            yield from item.generators


def _stored(loop: ast.For | ast.comprehension) -> set[str]:
    names = (item for item in ast.walk(loop) if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Store))
    return {item.id for item in names}


def _place(taken: ast.Subscript, name: str) -> int | None:
    """Along which axis a name alone picks, or begins what is cut out."""
    parts = [part for part in items_of(taken.slice) if not (isinstance(part, ast.Constant) and part.value is None)]
    for at, part in enumerate(parts):
        if isinstance(part, ast.Constant) and part.value is Ellipsis:
            return None
        if is_named(part.lower if isinstance(part, ast.Slice) else part, name):
            return at
    return None


def _counted(loop: ast.For | ast.comprehension, file: str, tensor: str) -> tuple[ast.expr, int] | None:
    """Where a loop over numbers ends, if that is a size of a tensor, or a few less: the text and the axis."""
    call = loop.iter
    if isinstance(call, ast.Call) and last_name(call.func) in ("reversed", "tqdm", "list") and call.args:
        call = call.args[0]
    if not isinstance(call, ast.Call) or not is_named(call.func, "range") or not call.args:
        return None
    end = call.args[min(1, len(call.args) - 1)]
    while isinstance(end, ast.BinOp) and isinstance(end.op, ast.Sub):
        end = end.left
    spelt = axis_spelt(end)
    if spelt is None and isinstance(end, ast.Name):
        axis = axes_by_name(file, call.lineno).get(end.id)
        # The tensor may have been turned since its sizes got their names.
        is_other = axis is None or stores_between(file, axis.line, call.lineno + 1, tensor)
        spelt = None if axis is None or is_other else (axis.tensor, axis.at)
    return (end, spelt[1]) if spelt is not None and spelt[0] == tensor else None


def _edit(file: str, size: ast.expr, tensor: str, at: int) -> tuple[Edit, ...]:
    return replaced_text(file, size, f"{tensor}.size({at})")


PROBE = Probe(
    "loops over the items of an axis end at its size",
    counted_by_another_axis,
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
    turn=Turn.LAST,
)
