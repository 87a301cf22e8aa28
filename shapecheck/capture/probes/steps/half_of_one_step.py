"""The half of what reads both ways that reads forward, where it has begun: it has seen one step there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import RECURRENT
from shapecheck.findings import Fix

_ARGUMENTS = 9
_FEWEST = 3


@dataclass(frozen=True, slots=True, eq=False)
class _Taken:
    """An item along the steps, of one direction's features."""

    node: Node
    item: int
    is_forward: bool


def half_of_one_step(step: Step) -> Iterator[Sighting]:
    """``out[:, 0, :hidden]`` of a layer that reads both ways: the features that read forward, at the first step.

    Told where that is all that is read of them; who reads them at more steps may want each word, or how much a state
    has moved on.
    """
    for layer in step.of_loss:
        if layer.name not in RECURRENT or len(layer.args) != _ARGUMENTS or not isinstance(layer.args[3], bool):
            continue
        if not layer.args[7] or len(layer.shapes[0]) != 3 or layer.ref in step.tape.escaped:
            continue
        readers = [node for node in map(step.node, range(layer.index + 1, step.last)) if layer.ref in node.parents]
        time = 1 if layer.args[8] else 0
        taken = [one for node in readers if (one := _taken(node, layer.shapes[0], time)) is not None]
        size, own = layer.shapes[0][time], [one for one in taken if one.is_forward]
        if len(taken) != len(readers) or size < _FEWEST or not own or any(one.item for one in own):
            continue
        text = (
            f"these features of {layer.shapes[0]} read forward, and are read at the first step alone: there they have "
            f"seen one of {size} steps"
        )
        fix = Fix("the last step of what reads forward", (), "no")
        yield sighted("first_step_of_a_forward_layer", own[0].node, text, (fix,))
        return


def _taken(node: Node, shape: tuple[int, ...], time: int) -> _Taken | None:
    """One step, and the features of one direction; None where anything else is read."""
    parts = node.index_parts if node.name == "__getitem__" and len(node.args) > 1 else ()
    if len(parts) != 3 or type(parts[time]) is not int or parts[1 - time] != slice(None):
        return None
    features = parts[2]
    if not isinstance(features, slice) or not all(one is None or type(one) is int for one in _bounds(features)):
        return None
    first, last, by = features.indices(shape[2])
    half = shape[2] // 2
    if by != 1 or (first, last) not in ((0, half), (half, shape[2])):
        return None
    return _Taken(node, parts[time] % shape[time], first == 0)


def _bounds(part: slice) -> tuple[object, object, object]:
    return part.start, part.stop, part.step


PROBE = Probe(
    "what reads forward beside what reads backward is read where it has seen all",
    lambda look: half_of_one_step(look.step),
    needs_no_run=True,
)
