"""States of an encoder of two directions that start a decoder: does each of its layers get the state of that layer?"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from shapecheck.capture.instruments.tensors.places import readings_of
from shapecheck.capture.instruments.trials.separation import difference
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, refs_in
from shapecheck.capture.recording.vocabulary import RECURRENT
from shapecheck.findings import Fix

_ARGUMENTS = 9


def layers_handed_on(step: Step) -> Iterator[Sighting]:
    """Decoders of as many layers whose state is the first rows of the encoder's, or rows of other layers together."""
    calls = step.of_loss
    calls = [node for node in calls if node.name in RECURRENT and len(node.args) == _ARGUMENTS]
    for node in calls:
        layers, is_both = _form(node)
        if not is_both or layers < 2:
            continue
        state = Ref(node.index, 1)
        behind = set(descendants(step.tape, {state}, step.order))
        for other in calls:
            start = next(refs_in((_given(other),)), None)
            if start is None or start.node not in behind or _form(other) != (layers, False):
                continue
            text = _wrong(_reached(step, state, start), layers)
            first = readings_of(step, state)[0] or other
            if text:
                order = f"view({layers}, 2, ...)"
                fix = Fix(f"h_n.{order} is layer, direction: the directions of each layer together", (), "no")
                said = f"h_n {node.shapes[1]} holds both directions of the first layer, then both of the next; {text}"
                yield sighted("directions_for_layers", first, said, (fix,))
                return


def _form(node: Node) -> tuple[int, bool]:
    """How many layers, and whether there are two directions."""
    is_packed = not isinstance(node.args[3], bool)
    return (node.args[5], bool(node.args[8])) if is_packed else (node.args[4], bool(node.args[7]))


def _given(node: Node) -> object:
    return node.args[2] if not isinstance(node.args[3], bool) else node.args[1]


def _reached(step: Step, state: Ref, start: Ref) -> list[set[int]]:
    """Which rows of a state move with each row of another one."""
    value, base = step.value(state), step.run()
    found = []
    for row in range(len(value)):
        other = value.clone()
        other[row] = other[row].roll(1, -1) * -0.7 + 0.3
        after = step.changed(state, other)
        moved = difference(base[start], after[start]) if start in after else torch.zeros(0, 1, dtype=torch.bool)
        found.append({at for at, part in enumerate(moved) if bool(part.any())})
    return found


def _wrong(reached: list[set[int]], layers: int) -> str:
    """What is wrong with the rows that each row of an encoder's state reaches; empty if nothing is."""
    below = reached[: 2 * layers - 2]
    is_one_each = all(len(rows) < 2 for rows in below) and reached[0] == {0}
    if is_one_each and not any(reached[-2:]) and set().union(*below) == set(range(layers)):
        return (
            f"its first {layers} rows start the {layers} layers of the decoder, a backward state in the place of "
            "an upper layer, and the states of the last layer start none"
        )
    if reached == [{row % layers} for row in range(2 * layers)]:
        return (
            "what starts a layer of the decoder is made of rows that lie half of the whole apart, which belong to "
            "different layers"
        )
    return ""


PROBE = Probe(
    "each layer of a decoder starts from the state of that layer",
    lambda look: layers_handed_on(look.step),
)
