"""A softmax of what a softmax has made already, along the same axis."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.activation_edits import taken_out
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import HANDS_ON, SCALES, SOFTMAXES
from shapecheck.findings import Fix

_PICKS = HANDS_ON | {"select", "narrow"}
_DRAWS = frozenset(["multinomial"])
# On the way to a draw probabilities are put in rows, and made to sum to one.
_ON_THE_WAY = _PICKS | {"div", "expand"}
# Probabilities that are made larger than this may be sharpened on purpose, whatever becomes of them.
_SHARP = 2.0


def softmax_of_softmax(step: Step) -> Iterator[Sighting]:
    """``model(x).softmax(-1)`` where the model ends in one: of n items none is more than e / (e + n - 1) likely.

    Probabilities that are scaled up in between may be sharpened on purpose, but for a temperature near one by which
    something is drawn; and those along another axis are others.
    """
    for node in step.recorded:
        found = _before(step, node) if node.name in SOFTMAXES and node.parents and node.spot is not None else None
        if found is None:
            continue
        before, scale, is_plain = found
        axis, shape = axis_of(node, len(node.shapes[0])), node.shapes[0]
        if scale > _SHARP or (scale > 1 and not _is_drawn(step, node)):
            continue
        most = exp(scale) / (exp(scale) + shape[axis or 0] - 1)
        text = (
            f"{node.name} along axis {axis} of {shape} is given what a softmax{_line(before)} has made along it "
            f"already: probabilities from 0 to 1 are taken for scores, and none of these {shape[axis or 0]} comes out "
            f"above {most:.2g}, however sure the model is"
        )
        is_softmax = node.name == "softmax"
        title = "without the second softmax" if is_softmax else "log in the place of log_softmax"
        title = title if scale == 1 else "log of the probabilities, before they are scaled"
        edits = taken_out(step, node) if is_softmax and is_plain else ()
        yield sighted("softmax_of_softmax", node, text, (Fix(title, edits, "no"),))
        return


def _before(step: Step, node: Node) -> tuple[Node, float, bool] | None:
    """The softmax behind which this one stands, the factor in between, and whether there is nothing in between."""
    axis, scale = axis_of(node, len(node.shapes[0])), 1.0
    if axis is None or node.shapes[0][axis] < 2:
        return None
    for ref, made in backwards(step.tape, node.parents[0], _PICKS | SCALES | {"sub"}):
        if made.name == "softmax":
            own = axis_of(made, len(made.shapes[0]))
            is_plain = ref == node.parents[0]
            is_last = own == len(made.shapes[0]) - 1 and axis == len(node.shapes[0]) - 1
            is_along = own == axis if is_plain else is_last and made.shapes[0][-1] == node.shapes[0][-1]
            return (made, scale, is_plain) if is_along and ref in step.learned else None
        if made.name == "sub" and _is_normalised(step, made):
            continue
        if len(made.parents) != 1:
            return None
        if made.name in SCALES:
            number = next((item for item in made.args if isinstance(item, int | float)), 0)
            if not number or not isinstance(made.args[0], Ref):
                return None
            scale = scale / number if made.name == "div" else scale * number
        elif made.shapes[0][-1:] != node.shapes[0][-1:]:
            return None
    return None


def _is_normalised(step: Step, made: Node) -> bool:
    """Whether the logarithm of their sum is taken off from scores, as a distribution does before all else."""
    total = step.node(made.parents[-1].node)
    return total.name == "logsumexp" and total.parents == made.parents[:1]


def _is_drawn(step: Step, node: Node) -> bool:
    """Whether something is drawn by the probabilities that come out."""
    reached = {node.ref}
    for other in map(step.node, range(node.index + 1, step.last)):
        if any(ref in reached for ref in other.parents):
            if other.name in _DRAWS:
                return True
            if other.name in _ON_THE_WAY:
                reached.add(other.ref)
    return False


def _line(node: Node) -> str:
    return f" in line {node.spot.span.line}" if node.spot is not None else ""


PROBE = Probe(
    "no softmax is taken of what a softmax has made",
    lambda look: softmax_of_softmax(look.step),
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
)
