"""Whether the rows of a batch go on where those of the batch before ended, by what stands in both, and was drawn."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.rows.drawn_apart import DRAWS_ANY, made_of
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.recording.tape import Ref, Root, Tape
from shapecheck.capture.recording.vocabulary import CONVERTS

# Of fewer rows it may be chance that none goes on.
_LEAST_ROWS, _LEAST_STEPS = 3, 3


def count_of_others(tape: Tape, before: Root, root: Root) -> int | None:
    """How many rows a batch has, where those of the one before have ended; None if that is not seen.

    They have where they were filled up behind their end and hold something again here, or where this batch does not
    begin with what the one before asked for last: a target that is the input one step later says how a row goes on.
    Pieces of one series may leave out a step between them: so each batch has to be drawn by itself.

    Args:
        tape: The tape.
        before: The call with the batch before.
        root: The call with this one.
    """
    for one in before.inputs:
        for other in root.inputs:
            pair = _pair(tape, one, other)
            if pair is None:
                continue
            for axis in (1, 0):
                rows = pair[0].shape[1 - axis]
                if rows < _LEAST_ROWS or pair[0].shape[axis] < _LEAST_STEPS:
                    continue
                is_other = _are_others(tape, before, root, one, pair, axis)
                if not is_other and not _have_ended(tape, before, one, root, other, axis):
                    continue
                if _are_drawn_apart(tape, one, other, rows):
                    return rows
    return None


def _pair(tape: Tape, one: Ref, other: Ref) -> tuple[Tensor, Tensor] | None:
    """Two batches of tokens, or of readings, that lie apart."""
    first, second = tape.held.get(one), tape.held.get(other)
    if first is None or second is None or one == other or first.ndim != second.ndim or first.ndim not in (2, 3):
        return None
    if first.dtype != second.dtype or (first.ndim == 2) == first.is_floating_point() or first.dtype == torch.bool:
        return None
    is_one_memory = first.untyped_storage().data_ptr() == second.untyped_storage().data_ptr()
    return None if is_one_memory or first.shape[:1] != second.shape[:1] else (first, second)


def _have_ended(tape: Tape, before: Root, one: Ref, root: Root, other: Ref, axis: int) -> bool:
    """Whether rows that were filled up behind their end hold something again."""
    ends, begins = _filled(tape, before, one, axis), _filled(tape, root, other, axis)
    if ends is None or begins is None or ends.shape[1 - axis] != begins.shape[1 - axis]:
        return False
    ended, is_filled = ends.select(axis, -1), begins.select(axis, 0)
    return bool(ended.any()) and not bool(is_filled.any()) and not bool(ends.select(axis, 0).any())


def _filled(tape: Tape, root: Root, ref: Ref, axis: int) -> Tensor | None:
    """Where nothing stands behind the end of a row, as the script says it."""
    value = tape.held[ref]
    made = origin(tape, ref, CONVERTS)[1]
    if made.name == "pad_sequence":
        sizes = torch.tensor([tape.shape(parent)[0] for parent in made.parents])
        batch_first = bool(made.argument(1, "batch_first", default=False))
        if batch_first != (axis == 1) or len(sizes) != value.shape[1 - axis]:
            return None
        hidden = torch.arange(value.shape[axis])[None] >= sizes[:, None]
        return hidden if axis == 1 else hidden.t()
    for node in tape.nodes[root.first : root.last]:
        pad = node.kwargs.get("padding_idx") if node.name == "embedding" and node.parents[0] == ref else None
        if pad is not None and value.ndim == 2:
            hidden = value == int(pad) % tape.shape(node.parents[1])[0]
            along = hidden if axis == 1 else hidden.t()
            return hidden if bool((along.int().diff(dim=1) >= 0).all()) else None
    return None


def _are_drawn_apart(tape: Tape, one: Ref, other: Ref, rows: int) -> bool:
    """Whether random numbers were drawn for either batch alone, and nothing with their rows lies behind both."""
    first, second = made_of(tape, one), made_of(tape, other)
    if any(rows in shape for index in first & second for shape in tape.nodes[index].shapes):
        return False
    return all(any(tape.nodes[at].name in DRAWS_ANY for at in part) for part in (first - second, second - first))


def _are_others(tape: Tape, before: Root, root: Root, one: Ref, pair: tuple[Tensor, Tensor], axis: int) -> bool:
    """Whether hardly a row begins with the target that the batch before had last."""
    first, second = pair
    if first.ndim != 2 or first.shape[1 - axis] != second.shape[1 - axis]:
        return False
    for target in _asked_for(tape, before, root, one):
        if target.shape == first.shape and _is_later(first, target, axis):
            last = target.select(axis, -1)
            # Some have a piece end with its own beginning, for want of what comes next.
            return not any(2 * int((last == batch.select(axis, 0)).sum()) >= len(last) for batch in pair)
    return False


def _asked_for(tape: Tape, before: Root, root: Root, one: Ref) -> Iterator[Tensor]:
    """What a script reads behind a call, before the next one."""
    seen: set[Ref] = {one}
    for node in tape.nodes[before.last : root.first]:
        for ref in node.parents:
            value = tape.held.get(ref) if ref not in seen else None
            seen.add(ref)
            if value is not None and value.dtype == tape.held[one].dtype:
                yield value


def _is_later(value: Tensor, target: Tensor, axis: int) -> bool:
    size = value.shape[axis] - 1
    one, other = value.narrow(axis, 1, size), target.narrow(axis, 0, size)
    return bool((one == other).all()) and bool((one != value.narrow(axis, 0, size)).any())
