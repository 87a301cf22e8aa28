"""State of a recurrent agent that runs on over the end of an episode, although the agent is told of it."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from shapecheck.capture.instruments.steps.episode_ends import cuts_a_chain
from shapecheck.capture.instruments.tensors.names import unread_arguments
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Root, refs_in
from shapecheck.capture.recording.vocabulary import CELLS, RECURRENT
from shapecheck.findings import Fix


def runs_on(step: Step) -> Iterator[Sighting]:
    """An argument of zeros and ones, one a sample, that the agent never reads and that cuts the returns.

    What cuts the returns says where an episode ends. The state comes back as it went out, so nobody else has set it to
    zero there.
    """
    last: dict[int, Root] = {}
    for root in step.roots:
        before, last[id(root.module)] = last.get(id(root.module)), root
        names = unread_arguments(root.module) if before is not None else []
        if before is None or len(names) != 1:
            continue
        read = {ref for index in range(root.first, root.last) for ref in step.node(index).parents}
        unread = [ref for ref in root.inputs if ref not in read]
        cell = _cell(step, root, before)
        if len(unread) == 1 and cell is not None and _says_ends(step, unread[0], cell):
            yield _told(cell, names[0])
            return


def _cell(step: Step, root: Root, before: Root) -> Node | None:
    """The first recurrent operation that starts from what the call before has returned."""
    handed = set(root.inputs) & set(before.outputs)
    for index in range(root.first, root.last):
        node = step.node(index)
        if node.name in CELLS | RECURRENT and handed & set(refs_in(node.args[1:3])):
            return node
    return None


def _says_ends(step: Step, ref: Ref, cell: Node) -> bool:
    """Whether it is one number a sample, one or zero, by which what comes later is kept out of what was before."""
    shape = step.tape.shape(ref)
    if not shape or shape[0] != cell.shapes[-1][-2] or any(size != 1 for size in shape[1:]):
        return False
    if not cuts_a_chain(step, ref):
        return False
    value = step.value(ref).double()
    return are_truths(value) and bool(torch.any(value == 1))


def _told(cell: Node, name: str) -> Sighting:
    text = (
        f"the state that goes in here is what the call before returned, as it was; forward() is given {name!r}, which "
        "cuts the returns where an episode ends, and never reads it: a new episode starts from the state of the one "
        "that has ended"
    )
    fix = Fix(f"the state times (1 - {name}), one factor a sample", (), "no")
    return sighted("state_across_episodes", cell, text, (fix,))


PROBE = Probe(
    "no state runs on over the end of an episode",
    lambda look: runs_on(look.step),
)
