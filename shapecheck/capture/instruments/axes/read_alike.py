"""Whether it matters along which axis a row of numbers lies in a table, by what is read of it in the end."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from shapecheck.capture.instruments.axes.met_again import Meeting, held_gradients
from shapecheck.capture.instruments.trials.separation import difference
from shapecheck.capture.recording.replay import ancestors, descendants, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref

_SAME = 1e-4


def is_read_alike(step: Step, met: Meeting) -> bool:
    """Whether all that is made of a table in the end stays the same with each number beside its own items.

    ``(table - table.logsumexp(1)).diagonal()`` does: item (k, k) meets number k whichever way they lie. So does the sum
    of all that a mask keeps which is its own transpose.
    """
    tape, node = step.tape, met.node
    behind = descendants(tape, {node.ref}, range(node.index + 1, step.last))
    read = {ref for index in behind for ref in step.node(index).parents}
    ends = [index for index in behind if step.node(index).shapes and read.isdisjoint(step.node(index).outs)]
    if not ends:
        return False
    short = min(node.parents, key=lambda ref: len(tape.shape(ref)))

    def beside_its_own(*args: Any, **kwargs: Any) -> Any:
        given = [_kept(item, met.axes) if node.args[at] == short else item for at, item in enumerate(args)]
        return node.function(*given, **kwargs)  # type: ignore[misc]

    refs = [Ref(index) for index in ends]
    try:
        order = ancestors(tape, refs, step.first if node.index >= step.first else 0)
        held = held_gradients(step, order)
        before = replay(tape, order, instead=held)
        after = replay(tape, order, instead={**held, node.index: beside_its_own})
        return all(not bool(difference(before[ref], after[ref], _SAME).any()) for ref in refs)
    except Exception:
        # It does not fit, or cannot be run again.
        return False


def _kept(value: Tensor, axes: tuple[int, ...]) -> Tensor:
    for axis in axes:
        value = value.unsqueeze(axis)
    return value
