"""In which rows of a tensor the samples of another one are, by what moves when each of them is replaced."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from shapecheck.capture.instruments.trials.separation import difference, replaced_item, seen_along
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """In which rows of a tensor, along an axis of it, the samples of a source are."""

    ref: Ref
    axis: int
    rows: tuple[int, ...]

    def value(self, step: Step, order: Tensor) -> Tensor:
        """The tensor with its rows in another order."""
        value = step.value(self.ref)
        return value.index_select(self.axis, order.to(value.device))


def rows_of(step: Step, source: Ref, ref: Ref, size: int) -> Rows | None:
    """Which row each sample of a source moves, if each moves one of its own."""
    base, value = step.run(), step.value(source)
    axes = [axis for axis, length in enumerate(step.tape.shape(ref)) if length == size]
    rows: dict[int, list[int]] = {axis: [] for axis in axes}
    for item in range(size):
        try:
            after = step.changed(source, replaced_item(value, 0, item))
        except Exception:
            return None
        moved = difference(base[ref], after[ref]) if ref in base and ref in after else None
        if moved is None:
            return None
        for axis in [*rows]:
            lines = seen_along(moved, axis)
            places = lines.nonzero().flatten().tolist()
            if len(places) == 1:
                rows[axis].append(places[0])
            else:
                rows.pop(axis)
    kept = [(axis, places) for axis, places in rows.items() if len(set(places)) == size]
    return Rows(ref, kept[0][0], tuple(kept[0][1])) if len(kept) == 1 else None
