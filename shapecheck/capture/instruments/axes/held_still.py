"""Whether the data move what an operation reads, or weights that begin with zeros hold them still in front of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shapecheck.capture.instruments.axes.ways import Way
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step


def are_held_still(step: Step, ways: Sequence[Way], changed: Iterable[int]) -> bool:
    """Whether inputs come to the operations that are changed, and none of them moves anything there.

    What such a change does to the samples of these inputs cannot be seen: they stay apart whatever it does.
    """
    nodes = [step.node(index) for index in changed]
    come = [way for way in ways if _comes_to(step, way, {node.index for node in nodes})]
    read = {parent for node in nodes for parent in node.parents}
    moved = (masks for way in come for moves in way.moves.values() for masks in moves.moved)
    return bool(come) and not any(bool(masks[ref].any()) for masks in moved for ref in read if ref in masks)


def _comes_to(step: Step, way: Way, indices: set[int]) -> bool:
    return not indices.isdisjoint(descendants(step.tape, {way.source}, step.order))
