"""Zeros and ones that say yes or no of each row, and that pick rows as if they were the numbers of rows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import torch

from shapecheck.capture.instruments.rows.drawn_together import picked_by
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.edits import Primary, replaced_text
from shapecheck.capture.instruments.trials.separation import any_term_moved
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import refs_above
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, SAME_NUMBERS, TAKES_ROWS
from shapecheck.findings import Edit, Fix
from shapecheck.reading.sources import items_of

_FEWEST = 3
# Of fewer numbers of rows it may be chance that all of them are 0 or 1; of so many in no order it hardly is.
_FEWEST_GIVEN, _MANY = 6, 12


def as_numbers(step: Step) -> Iterator[Sighting]:
    """Indices of as many items as the axis has rows, all of them zero or one, that say yes or no of each."""
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
            if isinstance(part, Ref) and axis < len(shape) and _says_yes_or_no(step, node.parents[0], part, axis):
                yield _told(step, node, at, shape[axis])
                return


def _says_yes_or_no(step: Step, source: Ref, ref: Ref, axis: int) -> bool:
    size = step.tape.shape(source)[axis]
    if size < _FEWEST or step.tape.shape(ref) != (size,) or step.tape.dtype(ref) not in (torch.int64, torch.int32):
        return False
    made = backwards(step.tape, ref, SAME_NUMBERS | CONVERTS, is_alone=True)
    if any(step.tape.dtype(at) == torch.bool for at, _ in made):
        return bool((step.value(ref) <= 1).all())
    return axis == 0 and _is_said_of_rows(step, source, ref)


def _is_said_of_rows(step: Step, source: Ref, ref: Ref) -> bool:
    """Whether zeros and ones that came with the data belong to the rows themselves, and so number none of them.

    They went with the rows where these were drawn or sorted: what was said of a row before that cannot know at which
    places others stand now. Where nothing was moved, many of them in no order are no numbers of so many rows.
    """
    value = step.value(ref)
    if len(value) < _FEWEST_GIVEN or value.unique().tolist() != [0, 1]:  # type: ignore[no-untyped-call]
        return False
    if source not in step.learned or ref in step.learned:
        return False
    above = refs_above(step.tape, source, step.first)
    ways = list(backwards(step.tape, ref, SAME_NUMBERS | CONVERTS))
    orders = {order for _, node in ways for order in _orders(node)}
    if any(orders & {*_orders(step.node(one.node))} for one in above):
        return True
    given = [one for one in step.inputs if one in above and step.tape.shape(one)[:1] == value.shape]
    picked = {key for one in given if (key := picked_by(step, one)) is not None}
    if any(picked_by(step, at) in picked for at, _ in ways):
        return True
    is_in_order = bool((value.diff() >= 0).all())
    return bool(given) and len(value) >= _MANY and not is_in_order and step.is_leaf(ways[-1][0])


def _orders(node: Node) -> tuple[Ref, ...]:
    """The numbers by which a node picks rows."""
    return node.parents[1:] if node.name in TAKES_ROWS else ()


def _told(step: Step, node: Node, at: int, size: int) -> Sighting:
    what = "set" if node.name == "__setitem__" else "read"
    text = (
        f"the index holds {size} zeros and ones, a yes or no for each of the {size} rows, as whole numbers: they are "
        f"the numbers of rows then, and rows 0 and 1 are {what}, whichever rows the ones stand for"
    )
    is_tried = _runs_as_mask(step, node, at)
    title, edits = "the index as a mask: .bool()", _as_mask(node, at)
    fix = Fix(title, edits, "call", "the step runs, and comes out differently") if is_tried else Fix(title, (), "no")
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


def _as_mask(node: Node, at: int) -> tuple[Edit, ...]:
    """The edit that makes a mask of one part of an index."""
    found = node_at(node, ast.Subscript)
    if not isinstance(found, ast.Subscript) or node.spot is None:
        return ()
    parts = items_of(found.slice)
    part = parts[at] if len(parts) > at else None
    if not isinstance(part, Primary):
        return ()
    return replaced_text(node.spot.code.co_filename, part, f"{ast.unparse(part)}.bool()")


PROBE = Probe(
    "what says yes or no of rows picks the rows that it says yes of",
    lambda look: as_numbers(look.step),
)
