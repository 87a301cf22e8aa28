"""What reads rows by their places in what a model was given: a table of all pairs, numbers of rows, groups of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.rows.belonging import belongs
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.recording.step import REDUCING, Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import COPIES, HANDS_ON, MATRIX_PRODUCTS, SCATTERS, SORTS, TAKES_ROWS

_SIDE_BY_SIDE = REDUCING | {"add", "sub", "rsub", "mul", "div", "where", "cat"}
_FROM = HANDS_ON | COPIES | {"unbind", "div", "mul", "t", "T"}


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Rows of a tensor that are read by their places.

    Args:
        rows: The tensor, with the rows along its first axis.
        given: What says which row is which.
        what: How that is called.
    """

    rows: Ref
    given: Ref
    what: str


def counted_as_given(step: Step, node: Node, behind: frozenset[int], source: Ref, keys: Ref | None) -> Counted | None:
    """What a node reads of rows that were put into another order, if what is beside it counts them as they were before.

    Args:
        step: The step.
        node: The node.
        behind: All that was made of the rows that were moved.
        source: What held the rows before.
        keys: What they were sorted by.
    """
    size = step.tape.shape(source)[0]
    ours = [ref for ref in node.parents if ref.node in behind and step.tape.shape(ref)[:1] == (size,)]
    others = [ref for ref in node.parents if ref.node not in behind and ref not in step.learned]
    if len(ours) != 1 or not others:
        return None
    rows, is_first = ours[0], node.parents[0] == ours[0]
    if node.name in MATRIX_PRODUCTS and not is_first:
        table = _given(step, others[0])
        is_table = table is not None and len(step.tape.shape(rows)) == 2 and _tells_rows(step.value(others[0]), size)
        return Counted(rows, table, "a table of all pairs") if table is not None and is_table else None
    if node.name in TAKES_ROWS and is_first and node.args[1:2] == (0 if node.name == "index_select" else others[0],):
        return _picked(step, rows, others[0], keys, size)
    if node.name in SCATTERS and not is_first and step.tape.shape(others[-1])[:1] == (size,):
        groups = _given(step, others[-1])
        is_group = groups is not None and not _is_order(step.value(others[-1]), size)
        return Counted(rows, groups, "the group of each row") if groups is not None and is_group else None
    if node.name in _SIDE_BY_SIDE and len(node.parents) > 1 and runs_along_rows(node) is False:
        beside = next((ref for ref in others if step.tape.shape(ref)[:1] == (size,)), None)
        found = _given(step, beside) if beside is not None else None
        if found is not None and belongs(step, _given(step, source) or source, found):
            return Counted(rows, found, "what belongs to these rows")
    return None


def _picked(step: Step, rows: Ref, by: Ref, keys: Ref | None, size: int) -> Counted | None:
    """Rows that are picked by their numbers, or sorted once more by what they were sorted by."""
    made = step.node(by.node)
    if made.name in SORTS and keys is not None and made.parents[0] == keys and by.out == len(made.shapes) - 1:
        return Counted(rows, keys, "what they were sorted by before")
    numbers = _given(step, by)
    if numbers is None or len(step.tape.shape(by)) != 1 or step.tape.dtype(by) not in (torch.int64, torch.int32):
        return None
    return None if _is_order(step.value(by), size) else Counted(rows, numbers, "numbers of rows")


def _is_order(numbers: Tensor, size: int) -> bool:
    """Whether each row is named once, which may be the way back."""
    return len(numbers) == size and len(numbers.unique()) == size  # type: ignore[no-untyped-call]


def _given(step: Step, ref: Ref) -> Ref | None:
    """The input or target that a tensor is, or a part of, with other scales at most; none if its rows were moved."""
    known = (*step.inputs, *step.targets)
    for at, node in backwards(step.tape, ref, _FROM, first=step.first):
        if at in known:
            return at
        if node.name == "__getitem__" and any(not _is_plain(part) for part in _parts(node.args[1])):
            return None
    return None


def _parts(index: Any) -> tuple[Any, ...]:
    return index if isinstance(index, tuple) else (index,)


def _is_plain(part: Any) -> bool:
    """Whether a part of an index leaves items in their order, or takes one of them."""
    return part is None or part is Ellipsis or isinstance(part, slice) or type(part) is int


def _tells_rows(table: Tensor, size: int) -> bool:
    """Whether a table of all pairs is none that was made for an order: a triangle, or one row for each."""
    if table.layout != torch.strided:
        table = table.to_dense()
    if tuple(table.shape) != (size, size) or bool((table == table[:1]).all()):
        return False
    filled = table != 0
    is_triangle = not bool(filled.triu(1).any()) or not bool(filled.tril(-1).any())
    return not is_triangle and not bool((filled.sum(1) <= 1).all())


def runs_along_rows(node: Node) -> bool:
    """Whether tensors are put one behind the other."""
    given = node.argument(1, "dim", default=0)
    return node.name in ("cat", "stack") and given in (0, -len(node.shapes[0]))
