"""Zeros and ones that say yes or no of each row, and that pick rows as if they were the numbers of rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.separation import any_term_moved
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, SAME_NUMBERS
from shapecheck.findings import Fix

_FEWEST = 3


def as_numbers(step: Step) -> Iterator[Sighting]:
    """Indices of as many items as the axis has rows, all of them zero or one, that were made of a yes or no each."""
    for node in step.all_of_loss:
        if node.name not in ("__getitem__", "__setitem__") or len(node.args) < 2 or node.spot is None:
            continue
        parts = node.index_parts
        if sum(isinstance(part, Ref) for part in parts) != 1:
            # An item of each row is another matter.
            continue
        if step.node(node.parents[0].node).kind == "parameter":
            # The rows of a table are learned, and no samples.
            continue
        shape = step.tape.shape(node.parents[0])
        for at, part in enumerate(parts):
            axis = at - len(parts) + len(shape) if Ellipsis in parts[:at] else at
            if isinstance(part, Ref) and axis < len(shape) and _says_yes_or_no(step, part, shape[axis]):
                yield _told(step, node, at, shape[axis])
                return


def _says_yes_or_no(step: Step, ref: Ref, size: int) -> bool:
    if size < _FEWEST or step.tape.shape(ref) != (size,) or step.tape.dtype(ref) not in (torch.int64, torch.int32):
        return False
    made = backwards(step.tape, ref, SAME_NUMBERS | CONVERTS, is_alone=True)
    return any(step.tape.dtype(at) == torch.bool for at, _ in made) and bool((step.value(ref) <= 1).all())


def _told(step: Step, node: Node, at: int, size: int) -> Sighting:
    what = "set" if node.name == "__setitem__" else "read"
    text = (
        f"the index holds {size} zeros and ones, a yes or no for each of the {size} rows, as whole numbers: they are "
        f"the numbers of rows then, and rows 0 and 1 are {what}, whichever rows the ones stand for"
    )
    is_tried = _runs_as_mask(step, node, at)
    title = "the index as a mask: .bool()"
    fix = Fix(title, (), "call", "the step runs, and comes out differently") if is_tried else Fix(title, (), "no")
    return sighted("mask_as_numbers", node, text, (fix,))


def _runs_as_mask(step: Step, node: Node, at: int) -> bool:
    def run(source: Any, index: Any, *value: Any) -> Any:
        parts = index if isinstance(index, tuple) else (index,)
        masked = (*parts[:at], parts[at].bool(), *parts[at + 1 :])
        result = node.function(source, masked, *value)  # type: ignore[misc]
        return source if node.name == "__setitem__" else result

    try:
        base, after = step.run(), step.run_with({node.index: run})
    except Exception:
        # As many rows as it had before are wanted behind it.
        return False
    return any_term_moved(step, base, after)


PROBE = Probe(
    "what says yes or no of rows picks the rows that it says yes of",
    lambda look: as_numbers(look.step),
)
