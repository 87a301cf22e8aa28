"""Statistics that were taken along the features, and then stand beside them: the positions were meant."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.features_axis import features_made
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref
from shapecheck.capture.recording.vocabulary import COPIES, POOLS
from shapecheck.findings import Fix

_SPREADS = COPIES | {"repeat_interleave"}


def spread_over_features(step: Step) -> Iterator[Sighting]:
    """One number of each position, made of its features, that is repeated for each feature and joined with them."""
    features = features_made(step.tape, step.order)
    for node in step.of_loss:
        source = node.parents[0] if node.parents else None
        if node.name not in POOLS or source not in features:
            continue
        before, axis = step.tape.shape(source), features[source]
        if len(before) != 3 or axis == 0 or node.shapes[0] != (*before[:axis], 1, *before[axis + 1 :]):
            continue
        if before[axis] < 2 or before[3 - axis] < 2 or not _is_joined(step, node.ref, before, axis):
            continue
        new = 3 - axis
        text = (
            f"{node.name} runs along axis {axis} of {before}, which holds the features, by the layer that made them; "
            f"the one number of each position is then repeated for all {before[axis]} features and joined with them. "
            f"What all {before[new]} positions have in common is never seen"
        )
        yield sighted("pooled_along_features", node, text, (Fix(f"dim={new}", other_axis(node, new), "no"),))
        return


def _is_joined(step: Step, pooled: Ref, shape: tuple[int, ...], axis: int) -> bool:
    spread: Ref | None = None
    for node in step.nodes:
        if node.name in _SPREADS and node.parents[0] == pooled and node.shapes[0] == shape:
            spread = node.ref
        elif node.name == "cat" and spread in node.parents:
            return axis_of(node, len(shape)) == axis
    return False


PROBE = Probe(
    "what is pooled for all positions is not pooled along their features",
    lambda look: spread_over_features(look.step),
)
