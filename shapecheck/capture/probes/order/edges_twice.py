"""Edges that are joined with themselves in another order, where the same edges were to lead back."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, ITEMS, SCATTERS, TAKES_ROWS
from shapecheck.findings import Fix

_SAME = CONVERTS | {"flip", "roll"}
_READS = TAKES_ROWS | frozenset(SCATTERS)


def edges_twice(look: Look) -> Iterator[Sighting]:
    """``torch.cat([edges, edges.flip(1)], dim=1)`` where ``edges.flip(0)`` has the ends of each edge exchanged.

    Two rows of whole numbers, each of which says which rows of something else are read, are edges: in another order
    they are the same ones. Where something tells the two halves apart, such as the kind of each edge, the same ones may
    be meant.
    """
    step, tape = look.step, look.step.tape
    first = tape.evaluated_from if look.before is None else min(step.first, look.before.last)
    for node in tape.nodes[first : step.last]:
        if node.name != "cat" or len(node.parents) < 2 or node.spot is None or not _is_table(step, node.ref):
            continue
        if node.argument(1, "dim", "axis", default=0) not in (1, -1):
            continue
        # The same tensor may stand among those that it reads more than once.
        given = node.args[0] if node.args and isinstance(node.args[0], list | tuple) else node.parents
        made = [_in_any_order(step, ref) for ref in given if isinstance(ref, Ref)]
        sources = [source for source, _ in made]
        at = next((at for at, source in enumerate(sources) if source in sources[:at]), None)
        if at is None or not _is_taken_apart(step, node):
            continue
        if made[at][1] is not None or not _are_told_apart(step, node):
            yield _told(node, made[at][1])
            return


def _is_table(step: Step, ref: Ref) -> bool:
    shape, dtype = step.tape.shape(ref), step.tape.dtype(ref)
    return len(shape) == 2 and shape[0] == 2 and shape[1] > 2 and dtype in (torch.int64, torch.int32)


def _in_any_order(step: Step, ref: Ref) -> tuple[Ref, Node | None]:
    """The edges that others are in another order, and what put them into it."""
    last = None
    for source, node in backwards(step.tape, ref, _SAME):
        if node.name not in _SAME or not node.parents or not _is_table(step, node.parents[0]):
            return source, last
        if node.name in ("flip", "roll"):
            dims = node.kwargs.get("dims", node.args[1 if node.name == "flip" else 2 :])
            given = dims[0] if isinstance(dims, tuple) and len(dims) == 1 else dims
            if given not in (1, -1, (1,), (-1,), [1], [-1]):
                return source, last
            last = node
    return ref, last


def _is_taken_apart(step: Step, node: Node) -> bool:
    """Whether a row of what is made of it says which rows of something else are read or written."""
    made = [step.node(at) for at in descendants(step.tape, {node.ref}, range(node.index, step.last))]
    tables = {node.ref, *(each.ref for each in made if each.shapes and _is_table(step, each.ref))}
    ends = [each for each in made if each.name in ITEMS and each.parents[0] in tables]
    rows = {ref for each in ends for ref in each.outs if len(step.tape.shape(ref)) == 1}
    return any(each.name in _READS and rows.intersection(each.parents[1:]) for each in made)


def _are_told_apart(step: Step, node: Node) -> bool:
    """Whether what is made of the edges meets numbers for each of them that are others in each half."""
    made = [step.node(at) for at in descendants(step.tape, {node.ref}, range(node.index, step.last))]
    inside, count = {node.ref, *(ref for each in made for ref in each.outs)}, node.shapes[0][1]
    for ref in {ref for each in made for ref in each.parents} - inside:
        held = step.known(ref) if step.tape.shape(ref)[:1] == (count,) else None
        if held is not None and not torch.equal(held[: count // 2], held[count - count // 2 :]):
            return True
    return False


def _told(node: Node, made: Node | None) -> Sighting:
    place = made if made is not None and made.spot is not None else node
    text = (
        f"{node.name} to {node.shapes[0]} holds the same edges twice"
        f"{', in another order' if made is not None else ''}: none of them leads back"
    )
    edits = other_axis(made, 0) if made is not None else ()
    return sighted("edges_twice", place, text, (Fix("flip(0): the ends of each edge exchanged", edits, "no"),))


PROBE = Probe(
    "edges that are joined are different ones",
    edges_twice,
    needs_no_run=True,
)
