"""Gates that were cut along the steps: one half of a sequence opens and closes the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shapecheck.capture.instruments.axes.features_axis import features_of
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import SPLITS
from shapecheck.findings import Fix

_OPENS = frozenset(["sigmoid", "gelu", "silu", "relu", "softplus", "hardsigmoid"])


def gates_along_steps(step: Step) -> Iterator[Sighting]:
    """``a, b = x.chunk(2, dim=1)`` and ``a * b.sigmoid()``, or ``F.glu(x, dim=1)``, where the features are the last.

    A layer makes twice as many features for it: values, and how far each is let through.
    """
    features = features_of(step.tape, step.order)
    for node in step.of_loss:
        source = node.parents[0] if node.parents else None
        if source not in features or len(step.tape.shape(source)) != 3:
            continue
        shape, axis = step.tape.shape(source), features[source]
        along = _cut(step, node)
        if along is None or along in (0, axis) or axis == 0 or shape[axis] % 2:
            continue
        if _was_joined(step, source, along, shape[along]):
            continue
        text = (
            f"{node.name} cuts {shape} along axis {along}, and one half lets the other through; the features, by the "
            f"layer that made them, are axis {axis}. The first half of the {shape[along]} positions is weighed by the "
            "second, and half as many are left"
        )
        new = -1 if axis == 2 else axis
        yield sighted("gate_along_steps", node, text, (Fix(f"dim={new}", _edits(node, new), "no"),))
        return


def _cut(step: Step, node: Node) -> int | None:
    """The axis along which something is cut into two halves, of which one is multiplied with a gate of the other."""
    ndim = len(step.tape.shape(node.parents[0]))
    if node.name == "glu":
        given: Any = node.argument(1, "dim", default=-1)
        return given % ndim if isinstance(given, int) else None
    if node.name not in SPLITS or len(node.shapes) != 2 or node.shapes[0] != node.shapes[1]:
        return None
    given = node.argument(2, "dim", default=0)
    if not isinstance(given, int) or not _is_gated(step, node.index):
        return None
    return given % ndim


def _is_gated(step: Step, index: int) -> bool:
    halves = (Ref(index, 0), Ref(index, 1))
    opened = {
        node.ref: half for node in step.nodes for half in halves if node.name in _OPENS and node.parents[:1] == (half,)
    }
    for at in step.order:
        parents = step.node(at).parents
        if step.node(at).name != "mul" or len(parents) != 2:
            continue
        gates = [opened[ref] for ref in parents if ref in opened]
        if len(gates) == 1 and any(ref in halves and ref != gates[0] for ref in parents):
            return True
    return False


def _was_joined(step: Step, source: Ref, along: int, size: int) -> bool:
    """Whether two sequences were put behind each other, to go through the same layers, and are taken apart again."""
    for index in ancestors(step.tape, [source], step.first):
        node = step.node(index)
        items = [step.tape.shape(ref) for ref in node.parents]
        if node.name == "cat" and len(items) == 2 and len(items[0]) == 3 and items[0] == items[1]:
            given = axis_of(node, 3)
            if given == along and 2 * items[0][along] == size:
                return True
    return False


def _edits(node: Node, new: int) -> Any:
    return other_axis(node, new) if node.name == "glu" or "dim" in node.kwargs else ()


PROBE = Probe(
    "gates are cut along the features",
    lambda look: gates_along_steps(look.step),
)
