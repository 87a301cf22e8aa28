"""State of a recurrent agent that reads a stretch of several episodes, is told where they end and never reads it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from torch import Tensor

from shapecheck.capture.instruments.steps.episode_ends import cuts_a_chain
from shapecheck.capture.instruments.steps.fresh_rows import handed_on
from shapecheck.capture.instruments.tensors.names import unread_arguments
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Root
from shapecheck.capture.recording.user_code import Spot
from shapecheck.capture.recording.vocabulary import CELLS, RECURRENT, SELECTS
from shapecheck.findings import Fix

_FEWEST = 3
_TAKES = SELECTS | {"unbind"}


def runs_on_inside(step: Step) -> Iterator[Sighting]:
    """An argument of zeros and ones, one for each step of each sample, that is never read and cuts the returns.

    The state goes from step to step as it came, or a layer walks through all steps at once. Where padding begins, the
    steps end for good and nothing leaks: what says where episodes end turns there and back within a sample.
    """
    for root in step.roots:
        unread = [ref for ref in root.inputs if not _is_read(step, root, ref)]
        value = step.value_of_input(unread[0]) if len(unread) == 1 else None
        if value is None or not are_truths(value):
            continue
        for cell, steps, samples in _walks(step, root):
            if _turns_back(value, steps, samples):
                if cuts_a_chain(step, unread[0], holds_all=True):
                    yield _told(cell, unread_arguments(root.module))
                return


def _is_read(step: Step, root: Root, ref: Ref) -> bool:
    """Whether anything is made of a tensor in a call but its items, one by one."""
    items = {ref}
    for index in range(root.first, root.last):
        node = step.node(index)
        if not items.isdisjoint(node.parents):
            if node.name not in _TAKES:
                return True
            items |= set(node.outs)
    return False


def _walks(step: Step, root: Root) -> Iterator[tuple[Node, int, int]]:
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
            places.setdefault((id(node.module), *_places(node.spot)), []).append(node)
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


def _places(spot: Spot | None) -> Iterator[object]:
    while spot is not None:
        yield spot.place
        spot = spot.caller


def _turns_back(value: Tensor, steps: int, samples: int) -> bool:
    """Whether it says yes or no of each step, and of some sample first the one, then the other and the first again."""
    shape = tuple(size for size in value.shape if size != 1)
    if samples == 1:
        turns = value.flatten().int().diff() != 0 if shape == (steps,) else None
    elif shape == (steps, samples):
        turns = value.reshape(shape).int().diff(dim=0).T != 0
    elif shape == (samples, steps):
        turns = value.reshape(shape).int().diff(dim=1) != 0
    else:
        return False
    return turns is not None and bool((turns.sum(-1) > 1).any())


def _told(cell: Node, names: list[str]) -> Sighting:
    named = f"{names[0]!r}" if len(names) == 1 else "an argument"
    text = (
        f"the state goes on from step to step as it was; forward() is given {named}, which cuts the returns where an "
        "episode ends, and makes nothing of it: a new episode starts from the state of the one that has ended"
    )
    end = f"{names[0]}[t]" if len(names) == 1 else "end"
    return sighted(
        "state_across_episodes", cell, text, (Fix(f"the state times (1 - {end}) before each step", (), "no"),)
    )


PROBE = Probe(
    "no state runs on over the ends of episodes within a stretch",
    lambda look: runs_on_inside(look.step),
)
