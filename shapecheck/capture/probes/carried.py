"""Hidden state that one batch leaves for the next, although the batches have nothing to do with each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shapecheck.capture.instruments.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Root, Tape
from shapecheck.capture.recording.user_code import Spot
from shapecheck.capture.recording.vocabulary import RANDOM, RECURRENT

_PASSES = frozenset(
    ["detach", "clone", "to", "contiguous", "detach_", "data", "requires_grad_", "__getitem__", "view", "reshape"]
)
_HOPS = 12


def carried(step: Step, before: Step | None) -> Iterator[Sighting]:
    """State that a recurrent layer starts from and that the step before has made of its own, shuffled, batch."""
    if before is None or not _is_shuffled(step):
        return
    for index in step.order:
        node = step.node(index)
        if node.name not in RECURRENT or len(node.args) != 9 or index not in step.to_loss:
            continue
        state = node.args[2] if not isinstance(node.args[3], bool) else node.args[1]
        for ref in [item for item in _flat(state) if isinstance(item, Ref)]:
            origin = _origin(step, ref)
            if origin is not None and before.first <= origin.index < step.first and origin.name in RECURRENT:
                text = (
                    "the state that this layer starts from was made by the batch before, and the batches are drawn in "
                    "random order: each sequence goes on from where an unrelated one ended"
                )
                spot = _handed_on(step, before, node, ref)
                seen = sighted("state_of_another_batch", node, text)
                yield seen if spot is None else replace(seen, span=spot.span)
                return


def _handed_on(step: Step, before: Step, node: Node, state: Ref) -> Spot | None:
    """Where the user's code takes what the step before left; a state that the model keeps for itself is taken there."""
    if node.root < 0:
        return node.spot
    root = step.tape.roots[node.root]
    first, ref = None, state
    while True:
        made = step.node(ref.node)
        if made.name not in _PASSES or not made.parents or made.index <= before.loss.node:
            break
        first, ref = made, made.parents[0]
    if first is not None and first.index < root.first and first.spot is not None:
        return first.spot
    return _call_of(root, node) if ref in root.inputs else node.spot


def _call_of(root: Root, node: Node) -> Spot | None:
    """The instruction that calls a model, as far as it is known."""
    forwards = {getattr(type(module).forward, "__code__", None) for module in root.module.modules()}
    spot, found = node.spot, node.spot
    while spot is not None:
        if spot.code in forwards and spot.caller is not None:
            found = spot.caller
        spot = spot.caller
    return found


def _flat(value: object) -> list[object]:
    return [part for item in value for part in _flat(item)] if isinstance(value, tuple | list) else [value]


def _origin(step: Step, ref: Ref) -> Node | None:
    """The operation that made a tensor, behind what only passes it on; also in steps before."""
    for _ in range(_HOPS):
        node = step.tape.nodes[ref.node]
        if node.name not in _PASSES or not node.parents:
            return node
        ref = node.parents[0]
    return None


def _is_shuffled(step: Step) -> bool:
    """Whether the inputs were picked by random numbers."""
    return any(_is_drawn(step.tape, ref) for ref in step.inputs)


def _is_drawn(tape: Tape, source: Ref) -> bool:
    open_refs, seen = [(source, 0)], set()
    while open_refs:
        ref, hops = open_refs.pop()
        node = tape.nodes[ref.node]
        if node.collated and tape.is_shuffled:
            return True
        if node.name in RANDOM and hops:
            return _came_as_index(tape, source)
        if ref.node not in seen and hops < _HOPS:
            seen.add(ref.node)
            open_refs += [(parent, hops + 1) for parent in node.parents]
    return False


def _came_as_index(tape: Tape, source: Ref) -> bool:
    """Whether a random tensor came in as the index that items were picked by, not as their content."""
    seen: set[int] = set()
    open_refs = [source]
    while open_refs:
        ref = open_refs.pop()
        node = tape.nodes[ref.node]
        if node.name in ("__getitem__", "index_select") and len(node.parents) > 1:
            index = tape.nodes[node.parents[-1].node]
            for _ in range(_HOPS):
                if index.name == "randperm":
                    return True
                if not index.parents:
                    break
                index = tape.nodes[index.parents[0].node]
        if ref.node not in seen and node.parents and len(seen) < 200:
            seen.add(ref.node)
            open_refs.append(node.parents[0])
    return False


PROBE = Probe(
    "no state is carried into an unrelated batch",
    lambda look: carried(look.step, look.before),
)
