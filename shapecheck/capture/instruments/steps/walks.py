"""What goes through all steps of a stretch within one call: cells, whole layers, and cells written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from shapecheck.capture.instruments.steps.fresh_rows import handed_on
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Root
from shapecheck.capture.recording.vocabulary import CELLS, RECURRENT

_FEWEST = 3


def walks(step: Step, root: Root) -> Iterator[tuple[Node, int, int]]:
    """What goes through all steps of a stretch: how many there are, and how many samples."""
    nodes = [step.node(index) for index in range(root.first, root.last)]
    nodes = [node for node in nodes if node.name in CELLS | RECURRENT]
    handed = [node for _, node in handed_on(step, nodes)]
    for node in nodes:
        count = sum(other.module is node.module for other in handed) + 1
        if count >= _FEWEST:
            yield node, count, node.shapes[-1][-2]
        shape = step.tape.shape(node.parents[0])
        if node.name in RECURRENT and len(shape) == 3:
            steps, samples = (shape[1], shape[0]) if node.args[-1] is True else shape[:2]
            if steps >= _FEWEST:
                yield node, steps, samples
    if not nodes:
        yield from _own_walks(step, root)


def _own_walks(step: Step, root: Root) -> Iterator[tuple[Node, int, int]]:
    """The same of cells that a script wrote itself: one place of it, once a step, each time made of the time before."""
    places: dict[tuple[object, ...], list[Node]] = {}
    for index in range(root.first, root.last):
        node = step.node(index)
        if node.spot is not None and node.shapes and len(node.shapes[0]) == 2:
            places.setdefault((id(node.module), *node.spot.places), []).append(node)
    for nodes in places.values():
        if (
            len(nodes) >= _FEWEST
            and nodes[-1].ref in step.learned
            and all(
                later.index in descendants(step.tape, {node.ref}, range(node.index, later.index + 1))
                for node, later in pairwise(nodes)
            )
        ):
            yield nodes[0], len(nodes), nodes[0].shapes[0][0]
