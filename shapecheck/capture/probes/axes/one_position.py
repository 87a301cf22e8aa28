"""Tables of positions from which all steps get the same row."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.capture.instruments.axes.named_sizes import axes_by_name
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import HANDS_ON
from shapecheck.findings import Edit, Fix
from shapecheck.reading.sources import items_of

# What a row goes through before it is added; it is a part of a table itself.
_MOVES = HANDS_ON - {"__getitem__"} | {"expand", "expand_as", "dropout", "mul"}
_OF_LENGTHS = re.compile(r"len|size|count|num", re.IGNORECASE)


def one_position(step: Step) -> Iterator[Sighting]:
    """``x + table[:, x.size(1)]``: the row whose number is the number of steps, where the rows up to it were meant.

    The same of an Embedding: one number, as often as there are steps.
    """
    for node in step.of_loss:
        if node.name != "add" or len(node.parents) != 2:
            continue
        for values, added in (node.parents, node.parents[::-1]):
            shape = step.tape.shape(values)
            if len(shape) != 3 or node.shapes[0] != shape or min(shape[:2]) < 2 or values not in step.learned:
                continue
            seen = _row(step, values, added, shape) or _repeated(step, added, shape)
            if seen is not None:
                yield seen
                return


def _row(step: Step, values: Ref, added: Ref, shape: tuple[int, ...]) -> Sighting | None:
    """One row of a table that a module holds, by a number that is the number of steps."""
    _, picked = origin(step.tape, added, _MOVES)
    if picked.name not in ("__getitem__", "select") or not picked.parents:
        return None
    table = picked.parents[0]
    sizes = step.tape.shape(table)
    at = _axis_and_number(picked, sizes)
    if table not in step.inner | step.learned or not step.is_leaf(table) or at is None or sizes[-1] != shape[-1]:
        return None
    axis, number = at
    is_rest_one = all(size == 1 for place, size in enumerate(sizes[:-1]) if place != axis)
    if axis >= len(sizes) - 1 or not is_rest_one or sizes[axis] <= number or number not in shape[:2]:
        return None
    if not _is_size(picked) or _has_positions(step, values, table, shape):
        return None
    text = (
        f"row {number} of a table of {sizes[axis]} positions is added to all steps of {shape}, and {number} is how "
        "many there are: each step gets the same numbers, and the model cannot tell by them which comes first"
    )
    return sighted("one_position_for_all", picked, text, (_fix(step, picked, axis, shape),))


def _has_positions(step: Step, values: Ref, table: Ref, shape: tuple[int, ...]) -> bool:
    """Whether the rows up to that number, of another table, were added already: then this row tells of the number."""
    for index in (values.node, *ancestors(step.tape, [values], step.first)):
        node = step.node(index)
        for parent in node.parents if node.name == "add" else ():
            picked, sizes = step.node(parent.node), step.tape.shape(parent)
            if sizes[-2:] != shape[1:] or picked.name != "__getitem__" or not step.is_leaf(picked.parents[0]):
                continue
            if picked.parents[0] != table and picked.parents[0] in step.inner | step.learned:
                return True
    return False


def _axis_and_number(node: Node, sizes: tuple[int, ...]) -> tuple[int, int] | None:
    if node.name == "select":
        given = [value for value in node.args[1:] if isinstance(value, int)]
        return (given[0], given[1]) if len(given) == 2 and min(given) >= 0 else None
    index = node.argument(1)
    parts = index if isinstance(index, tuple) else (index,)
    if not all(part == slice(None) or (isinstance(part, int) and not isinstance(part, bool)) for part in parts):
        return None
    numbers = [(axis, part) for axis, part in enumerate(parts) if isinstance(part, int) and sizes[axis] > 1]
    return numbers[0] if len(numbers) == 1 and numbers[0][1] > 1 else None


def _repeated(step: Step, added: Ref, shape: tuple[int, ...]) -> Sighting | None:
    """The vectors of an Embedding for as many numbers as there are steps, all of them one, and not made of data."""
    _, made = origin(step.tape, added, _MOVES)
    if made.name != "embedding" or not made.parents:
        return None
    ids = made.parents[0]
    sizes, table = step.tape.shape(ids), step.tape.shape(made.parents[1])
    if not sizes or sizes[-1] != shape[1] or (len(sizes) > 1 and sizes[:-1] not in ((1,), (shape[0],))):
        return None
    if table[0] < shape[1] or step.is_leaf(ids) or _is_of_data(step, ids):
        return None
    value = step.value(ids)
    # Who fills a tensor with a number has chosen it.
    if step.node(ids.node).name in ("full", "full_like", "new_full") and int(value.min()) != shape[1]:
        return None
    if int(value.min()) != int(value.max()):
        return None
    text = (
        f"the numbers {sizes} of an Embedding of {table[0]} positions are all {int(value.min())}: all steps of {shape} "
        "get the same vector, and the model cannot tell by it which comes first"
    )
    fix = Fix(f"torch.arange({shape[1]})", (), "no")
    return sighted("one_position_for_all", step.node(ids.node), text, (fix,))


def _is_of_data(step: Step, ref: Ref) -> bool:
    """Whether the numbers of an input have a part in it, be it by a comparison: a kind or a group, not a position."""
    return any(
        step.is_leaf(parent) and step.node(parent.node).kind != "parameter" and parent not in step.inner
        for index in ancestors(step.tape, [ref], step.first)
        if not step.node(index).name.endswith("_like")
        for parent in step.node(index).parents
    )


def _fix(step: Step, node: Node, axis: int, shape: tuple[int, ...]) -> Fix:
    count = shape[1]

    def run(table: object, *_: object) -> object:
        return table.narrow(axis, 0, count).reshape(count, shape[-1])  # type: ignore[attr-defined]

    outcome = "each step gets numbers of its own"
    return Fix("the rows up to that number", _up_to(node), tried(step, {node.index: run}), outcome)


def _up_to(node: Node) -> tuple[Edit, ...]:
    """The edit that puts a colon before the number."""
    number, _ = _number(node)
    if number is None or node.spot is None:
        return ()
    return replaced_text(node.spot.code.co_filename, number, f":{ast.unparse(number)}")


def _is_size(node: Node) -> bool:
    """Whether the number is spelt as the size of a tensor, and the table is not one of lengths."""
    number, table = _number(node)
    if number is None or node.spot is None or _OF_LENGTHS.search(table):
        return False
    if isinstance(number, ast.Name):
        return number.id in axes_by_name(node.spot.code.co_filename, node.spot.line)
    spelt = number.value if isinstance(number, ast.Subscript) else number.func if isinstance(number, ast.Call) else None
    return isinstance(spelt, ast.Attribute) and spelt.attr in ("shape", "size")


def _number(node: Node) -> tuple[ast.expr | None, str]:
    """What stands for the number of the row, and for the table."""
    subscript = node_at(node, ast.Subscript)
    if not isinstance(subscript, ast.Subscript):
        return None, ""
    parts = items_of(subscript.slice)
    numbers = [part for part in parts if not isinstance(part, ast.Slice | ast.Constant)]
    return (numbers[0] if len(numbers) == 1 else None), ast.unparse(subscript.value)


PROBE = Probe(
    "steps get different rows of a table of positions",
    lambda look: one_position(look.step),
)
