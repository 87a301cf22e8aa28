"""Rows of different lengths that a script filled up, be it by hand: it says so where the padding is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ALIKE, COMPARES, HANDS_ON, NEGATIONS, WRITES

BLANKED = "the script blanked it by a mask"
_BLANKS_OUT = frozenset(["mul", "masked_fill"])
_MASKS = HANDS_ON | NEGATIONS


def filled_up(step: Step, base: Ref) -> Iterator[tuple[Tensor, str]]:
    """Where nothing of a sequence stands in what was put together of sequences of several lengths, and who says so."""
    made = step.node(base.node)
    if made.name == "pad_sequence":
        sizes = torch.tensor([step.tape.shape(parent)[0] for parent in made.parents])
        batch_first = bool(made.argument(1, "batch_first", default=False))
        hidden = torch.arange(made.shapes[0][1 if batch_first else 0])[None] >= sizes[:, None]
        hidden = hidden.flip(1) if "left" in (made.kwargs.get("padding_side"), *made.args[3:4]) else hidden
        yield hidden if batch_first else hidden.t(), "pad_sequence filled it up"
    elif made.name in _BLANKS_OUT and made.dtypes[base.out].is_floating_point:
        blank = _blanked(step, base, made)
        if blank is not None:
            yield blank, BLANKED
    elif len(made.shapes[base.out]) == 2 and not made.dtypes[base.out].is_floating_point:
        filled = _blanked(step, base, made) if made.name in _BLANKS_OUT else _filled_rows(step, base)
        if filled is not None:
            yield filled, "the script filled each row up to a length of its own"


def filled_by_script(step: Step, source: Ref) -> Tensor | None:
    """The same of numbers and symbols alike, where rows were put together that had lengths of their own before.

    Returns:
        (batch_size, seq_length), True where there is nothing; None if it was not made so.
    """
    made = step.node(source.node)
    if made.name == "pad_sequence":
        hidden, _ = next(filled_up(step, source))
        return hidden if made.argument(1, "batch_first", default=False) else hidden.t()
    return _filled_rows(step, source)


def _blanked(step: Step, base: Ref, made: Node) -> Tensor | None:
    """Where a tensor is zero that was multiplied by a mask of its first two axes, or filled by one."""
    value = step.value_of_input(base)
    masks = [ref for ref in made.parents[-2:] if origin(step.tape, ref, _MASKS)[1].name in COMPARES]
    if value is None or value.ndim not in (2, 3) or len(masks) != 1:
        return None
    if [size for size in step.tape.shape(masks[0]) if size > 1] != list(value.shape[:2]):
        return None
    return (value == 0).reshape(*value.shape[:2], -1).all(-1)


def _filled_rows(step: Step, source: Ref) -> Tensor | None:
    """Where nothing was written; None if it was not made so, row by row and all from one end."""
    shape = step.tape.shape(source)
    if len(shape) not in (2, 3) or source.node >= len(step.tape.nodes):
        return None
    written: dict[int, tuple[int, int]] = {}
    node = step.node(source.node)
    if node.name == "stack":
        return _stacked(step, node)
    while node.name == "__setitem__" and isinstance(node.args[0], Ref):
        if not _take(written, node.args[1], None, shape[1]):
            return None
        node = step.node(node.args[0].node)
    if node.name not in ALIKE:
        return None
    whole, rows, parts = node.ref, dict[Ref, int](), dict[Ref, tuple[int, Any]]()
    for later in step.tape.nodes[node.index + 1 : step.last]:
        target = later.args[0] if later.args and isinstance(later.args[0], Ref) else None
        if target == whole and later.name == "unbind" and later.args[1:2] in ((), (0,)):
            rows |= {Ref(later.index, at): at for at in range(len(later.shapes))}
        elif target == whole and later.name == "__getitem__" and _is_number(later.args[1]):
            rows[later.ref] = later.args[1] % shape[0]
        elif target is not None and target in rows and later.name == "__getitem__":
            parts[later.ref] = (rows[target], later.args[1])
        elif target is not None and target in rows and later.name == "__setitem__":
            if not _take(written, later.args[1], rows[target], shape[1]):
                return None
        elif target is not None and target in parts and later.name in WRITES:
            row, part = parts[target]
            if not _take(written, part, row, shape[1]):
                return None
    if sorted(written) != list(range(shape[0])) or not all(0 <= a < b <= shape[1] for a, b in written.values()):
        return None
    begins, ends = (torch.tensor(column) for column in zip(*(written[row] for row in sorted(written)), strict=True))
    if bool(begins.any()) and bool((ends < shape[1]).any()):
        return None
    places = torch.arange(shape[1])[None]
    return (places >= ends[:, None]) | (places < begins[:, None])


def _stacked(step: Step, node: Node) -> Tensor | None:
    """The same for a stack of rows that were filled up one by one, be it by ``F.pad`` or with a blank row behind."""
    items = node.args[0] if node.args and isinstance(node.args[0], list | tuple) else ()
    parts = [_part(step, item) for item in items if isinstance(item, Ref)]
    if len(parts) != len(items) or (node.args[1:] or (node.kwargs.get("dim", 0),)) != (0,):
        return None
    size = node.shapes[0][1]
    if all(part == (0, size) for part in parts):
        return None
    begins, ends = (torch.tensor(column)[:, None] for column in zip(*parts, strict=True))
    places = torch.arange(size)[None]
    return (places >= ends) | (places < begins)


def _part(step: Step, row: Ref) -> tuple[int, int]:
    """Where the sequence itself stands in a row."""
    node = step.node(row.node)
    size = node.shapes[row.out][0]
    amounts = node.args[1] if node.name == "pad" and len(node.args) > 1 else node.kwargs.get("pad")
    if node.name == "pad" and isinstance(amounts, tuple | list) and len(amounts) == 2 * len(node.shapes[row.out]):
        # The last axis comes first, and the first one last.
        return (amounts[-2], size - amounts[-1]) if not any(amounts[:-2]) else (0, size)
    joined = node.parents if node.name in ("cat", "hstack") else ()
    blank = [step.node(parent.node).name in ALIKE for parent in joined]
    if blank == [False, True]:
        return 0, step.tape.shape(joined[0])[0]
    return (step.tape.shape(joined[0])[0], size) if blank == [True, False] else (0, size)


def _take(written: dict[int, tuple[int, int]], index: Any, row: int | None, size: int) -> bool:
    """Note which part of a row was written; False where that is not what an index says."""
    if row is None:
        if not isinstance(index, tuple) or len(index) != 2 or not _is_number(index[0]):
            return False
        row, index = index
    if not isinstance(index, slice) or index.step not in (None, 1) or row in written:
        return False
    if not all(part is None or _is_number(part) for part in (index.start, index.stop)):
        return False
    begin, end, _ = index.indices(size)
    written[row] = begin, end if index.stop is None or index.stop < 0 else index.stop
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
