"""Shares of a softmax that are cut apart along the classes, and whose halves are held against each other."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import CONVERTS, SOFTMAXES, SPLITS
from shapecheck.findings import Fix

_HANDS_ON = CONVERTS | {"exp", "log", "clamp", "clamp_min", "add"}


def shares_cut_apart(look: Look) -> Iterator[Sighting]:
    """``p, q = logits.log_softmax(-1).chunk(2, dim=-1)`` and ``kl_div(p, q)``, of a batch that holds samples twice.

    Half of the shares sum to no one, so that neither side of the divergence is a distribution.
    """
    step = look.step
    for node in step.all_of_loss:
        if node.name != "kl_div" or len(node.parents) < 2:
            continue
        cuts = [origin(step.tape, ref, _HANDS_ON, is_alone=True)[1] for ref in node.parents[:2]]
        cut = cuts[0]
        if cut is not cuts[1] or cut.name not in SPLITS or cut.spot is None:
            continue
        shape = step.tape.shape(cut.parents[0])
        along, shares = axis_of(cut, len(shape)), _shares(step, cut)
        if along is None or shares is None or axis_of(shares, len(shape)) != along:
            continue
        text = (
            f"{shares.name} of {shape} runs along axis {along}, and {cut.name} cuts what it leaves along the same "
            "axis: the pieces are held against each other as if each of them were a distribution"
        )
        other = next((axis for axis, size in enumerate(shape) if axis != along and size % len(cut.shapes) == 0), None)
        fixes = () if other is None else (Fix(f"dim={other}", other_axis(cut, other), "no"),)
        yield sighted("shares_cut_apart", cut, text, fixes)
        return


def _shares(step: Step, cut: Node) -> Node | None:
    made = origin(step.tape, cut.parents[0], _HANDS_ON, is_alone=True)[1]
    return made if made.name in SOFTMAXES else None


PROBE = Probe(
    "no divergence holds parts of one distribution against each other",
    shares_cut_apart,
    needs_no_run=True,
)
