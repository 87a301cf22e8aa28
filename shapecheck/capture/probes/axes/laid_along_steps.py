"""What belongs to the samples and was laid along the steps or features of the data, of which there are as many."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.strands import Axis, aligned
from shapecheck.capture.instruments.axes.woven import MEETS, Weave
from shapecheck.capture.instruments.trials.operand_edits import with_call
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES, CUTS
from shapecheck.findings import Fix

_COUNTED = frozenset(["arange", "linspace", "logspace", "eye", "ones", "zeros", "full"])


def laid_along_steps(look: Look) -> Iterator[Sighting]:
    """``level[k].view(-1, 1, 1) * x`` of steps in front, where ``embed(k)`` meets the samples of the same data.

    It has one number for each sample where it meets the axis that a layer keeps apart, and one for each step where it
    meets the axis that a layer walks along, or for each feature where it meets the one that a layer reads: it cannot be
    both, and torch would say so had they another size.
    """
    if look.before is not None:
        return
    step, weave = look.step, look.weave
    apart = {weave.first_of(origin) for origin in weave.apart}
    mixed = {weave.first_of(origin) for origin in weave.walked} | _read(step, weave)
    samples, mixed = apart - mixed, mixed - apart
    given = [weave.named(weave.of(ref)) for ref in step.inputs] if samples and mixed else []
    both = {
        (one.origin, other.origin)
        for axes in given
        for one in (axis.whole for axis in axes)
        for other in (axis.whole for axis in axes)
        if one is not None and other is not None and one.size == other.size
        and one.origin in samples and other.origin in mixed
    }  # fmt: skip
    for found, other in sorted(both):
        for node, at in _laid(step, weave, other):
            if _meets_samples(weave, node.parents[at], found):
                yield _told(step, node, at)
                return


def _read(step: Step, weave: Weave) -> set[int]:
    """The axes of features that a layer reads."""
    ends = [weave.of(node.parents[0])[-1].whole for node in step.of_loss if node.name == "linear"]
    return {weave.first_of(end.origin) for end in ends if end is not None}


def _laid(step: Step, weave: Weave, along: int) -> Iterator[tuple[Node, int]]:
    """Where data with one axis meets other data along an axis, and which of both it is."""
    for node in map(step.node, range(step.last)):
        if node.name not in MEETS or len(node.parents) != 2 or node.spot is None:
            continue
        if not step.learned.isdisjoint(node.parents) or not node.shapes:
            continue
        for at in (0, 1):
            mine, other = (weave.of(node.parents[place]) for place in (at, 1 - at))
            only = [axis for axis in mine if axis.size > 1]
            met = [pair for pair in aligned(mine, other) if pair[0] in only]
            if len(only) != 1 or len(met) != 1 or None in (ends := [axis.whole for axis in met[0]]):
                continue
            one, its = (end.origin for end in ends if end is not None)
            if one != its and weave.first_of(one) == weave.first_of(its) == along:
                yield node, at


def _is_counted(weave: Weave, origin: int) -> bool:
    return weave.step.node(weave.begun[origin].node).name in _COUNTED


def _meets_samples(weave: Weave, ref: Ref, samples: int) -> bool:
    """Whether what belongs to the same things stands along the samples elsewhere: beside them, or as their target."""
    (own,) = (axis.origins for axis in weave.of(ref) if axis.size > 1)
    # What was only counted may be reused for whatever has as many items; what a loss takes for a label is none of that.
    names = CLASS_LOSSES if any(_is_counted(weave, one) for one in own) else MEETS | CLASS_LOSSES
    for node in map(weave.step.node, range(weave.step.last)):
        if node.name not in names or len(node.parents) < 2:
            continue
        one, other = (weave.of(parent) for parent in node.parents[:2])
        if node.name in CLASS_LOSSES and len(one) == len(other) + 1:
            one = (*one[:1], *one[2:])
        for pair in aligned(one, other):
            if any(_is_that(weave, *sides, own, samples) for sides in (pair, pair[::-1])):
                return True
    return False


def _is_that(weave: Weave, mine: Axis, other: Axis, own: frozenset[int], samples: int) -> bool:
    end = other.whole
    return mine.origins == own and end is not None and weave.first_of(end.origin) == samples


def _told(step: Step, node: Node, at: int) -> Sighting:
    shape, other, out = (*(step.tape.shape(node.parents[place]) for place in (at, 1 - at)), node.shapes[0])
    text = (
        f"{shape} has one number for each of the {max(shape)} samples, beside which it stands elsewhere; here it meets "
        f"{other} along an axis of {max(shape)} steps or features, so that each sample gets the numbers of all of them"
    )
    laid = _laid_by(step, node.parents[at]) if len(shape) > 1 else None
    if laid is not None:
        return sighted("spread_along_other_axis", laid, text, (Fix("along the samples", (), "no"),), (node,))
    call = ".unsqueeze(-1)" if len(shape) == 1 else f".transpose(0, {len(out) - 1})"
    return sighted("spread_along_other_axis", node, text, (Fix(call[1:], with_call(node, at, call), "no"),))


def _laid_by(step: Step, ref: Ref) -> Node | None:
    """What gave a row of numbers the axes of one beside it."""
    shape, made = step.tape.shape(ref), step.node(ref.node)
    while made.parents and len(same := [parent for parent in made.parents if step.tape.shape(parent) == shape]) == 1:
        made = step.node(same[0].node)
    is_laid = bool(made.parents) and len(step.tape.shape(made.parents[0])) == 1 and made.spot is not None
    return made if is_laid and made.name in CUTS | {"unsqueeze", "__getitem__"} else None


PROBE = Probe(
    "what belongs to the samples is not laid along the steps",
    laid_along_steps,
    needs_no_run=True,
    turn=Turn.LAST,
)
