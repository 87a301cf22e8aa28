"""Masks made of lengths: along the axis that the lengths count?"""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import COMPARES, HANDS_ON

_SPREADS = HANDS_ON | {"expand", "repeat"}


def masks_along_wrong_axis(step: Step) -> Iterator[Sighting]:
    """Steps counted along one axis and held against lengths that only fit another axis of what is masked."""
    for node in step.nodes:
        pair = node.parents[:2]
        if node.name not in COMPARES or len(pair) != 2 or node.spot is None:
            continue
        counted = next((ref for ref in pair if _count(step, ref) is not None), None)
        lengths = next((ref for ref in pair if ref != counted and _is_lengths(step, ref)), None)
        if counted is None or lengths is None:
            continue
        size, longest = _count(step, counted), int(step.value(lengths).max())
        if size is None or longest <= size:
            continue
        for masked in _masked(step, node):
            shape = step.tape.shape(masked)
            if size in shape and longest in shape:
                text = (
                    f"the lengths go up to {longest}, which is axis {shape.index(longest)} of {shape}, but the mask "
                    f"counts {size} steps, which is axis {shape.index(size)}: the padding is not masked, other "
                    "things are"
                )
                made = _arange(step, counted)
                yield sighted(
                    "mask_along_wrong_axis", made if made is not None and made.spot is not None else node, text
                )
                return


def _count(step: Step, ref: Ref) -> int | None:
    """How many steps an arange counts; None if it is none."""
    made = _arange(step, ref)
    return made.shapes[0][0] if made is not None and made.shapes[0] else None


def _arange(step: Step, ref: Ref) -> Node | None:
    _, node = origin(step.tape, ref, _SPREADS)
    return node if node.name == "arange" else None


def _is_lengths(step: Step, ref: Ref) -> bool:
    at, _ = origin(step.tape, ref, _SPREADS, first=step.first)
    if not step.is_leaf(at):
        return False
    value = step.value(at)
    return value.ndim <= 2 and not value.is_floating_point() and value.numel() > 1


def _masked(step: Step, node: Node) -> Iterator[Ref]:
    """What the mask meets."""
    reached = {node.ref}
    for index in descendants(step.tape, reached, step.order):
        other = step.node(index)
        reached.add(Ref(index))
        yield from (parent for parent in other.parents if parent not in reached and len(step.tape.shape(parent)) >= 3)
        if other.name in ("mul", "masked_fill", "where", "sum", "mean", "masked_select"):
            return


PROBE = Probe(
    "masks are made along the axis that the lengths count",
    lambda look: masks_along_wrong_axis(look.step),
)
