"""Sums that a loop carries along a turned tensor, step by step, and that are laid out the other way round than it."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Fix

_FEWEST = 3


def walked_backwards(look: Look) -> Iterator[Sighting]:
    """``for r in rewards.flip(1)`` of ``(steps, rows)``, and ``torch.stack(sums).flip(1)`` behind such a loop.

    A loop goes along axis 0. What it has carried along the steps from the last one on lies in reverse and is turned
    back; it has to be turned along that axis, both times.
    """
    step, tape = look.step, look.step.tape
    first = tape.evaluated_from if look.before is None else min(step.first, look.before.last)
    walks: dict[int, int] = {}
    for node in tape.nodes[first : step.last]:
        if node.name == "unbind":
            walks.setdefault(len(node.shapes), node.index)
        if node.name != "stack" or len(node.parents) < _FEWEST or node.argument(1, "dim", default=0) != 0:
            continue
        if node.collated or len(node.parents) not in walks:
            continue
        found = _walked(step, node, walks[len(node.parents)])
        if found is None:
            continue
        source, is_reversed = found
        turn = step.node(source.node)
        axis = _axis_of_flip(turn)
        if is_reversed and axis not in (None, 0) and turn.spot is not None:
            yield _told(step, turn, "what a loop goes along from axis 0 on, and then puts into the reverse order")
            return
        back = _turned_back(step, node) if not is_reversed and axis == 0 else None
        if back is not None:
            yield _told(step, back, "what a loop has carried along axis 0 of a tensor that was turned along that axis")
            return


def _walked(step: Step, stack: Node, first: int) -> tuple[Ref, bool] | None:
    """What a loop went along whose results are stacked, each made of all items so far; and whether in reverse."""
    count = len(stack.parents)
    if all(step.node(ref.node).name == "unbind" for ref in stack.parents):
        return None
    above = [step.node(at) for at in ancestors(step.tape, stack.parents, first)]
    for walk in above:
        if walk.name != "unbind" or len(walk.shapes) != count or walk.argument(1, "dim", default=0) != 0:
            continue
        held: dict[Ref, frozenset[int]] = {ref: frozenset([ref.out]) for ref in walk.outs}
        for node in above:
            if node.index > walk.index:
                read = frozenset().union(*(held.get(ref, frozenset()) for ref in node.parents))
                held |= dict.fromkeys(node.outs, read)
        reached = [held.get(ref, frozenset()) for ref in stack.parents]
        so_far = [frozenset(range(at + 1)) for at in range(count)]
        if reached in (so_far, so_far[::-1]):
            return walk.parents[0], reached != so_far
    return None


def _axis_of_flip(node: Node) -> int | None:
    """The one axis that a tensor is turned along; None if it is not."""
    if node.name != "flip":
        return None
    given = node.kwargs.get("dims", node.args[1:])
    given = given[0] if isinstance(given, tuple) and len(given) == 1 else given
    dims = given if isinstance(given, tuple | list) else (given,)
    at = dims[0] if len(dims) == 1 else None
    return at % len(node.shapes[0]) if isinstance(at, int) else None


def _turned_back(step: Step, stack: Node) -> Node | None:
    """What turns all that a loop has made along another axis, if it is all that is made of it."""
    readers = [node for node in step.tape.nodes[stack.index : step.last] if stack.ref in node.parents]
    back = readers[0] if len(readers) == 1 else None
    return back if back is not None and back.spot is not None and _axis_of_flip(back) not in (None, 0) else None


def _told(step: Step, node: Node, what: str) -> Sighting:
    shape, axis = node.shapes[0], _axis_of_flip(node)
    text = (
        f"{node.name} of {shape} along axis {axis} turns {what}: the steps stay as they lie, so the sums of the first "
        "steps come to lie beside the last ones"
    )
    return sighted("returns_reversed", node, text, (Fix("flip(0)", other_axis(node, 0), "no"),))


PROBE = Probe(
    "what is carried along turned steps is turned back along them",
    walked_backwards,
    needs_no_run=True,
)
