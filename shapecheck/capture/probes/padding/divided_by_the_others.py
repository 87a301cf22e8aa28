"""Sums over what a mask leaves of a loss, divided by the number of the positions that it does not leave."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, COPIES, MASKS, TOTALS
from shapecheck.findings import Fix

_PASSES = frozenset(["clamp", "clamp_min", "add", "to", "neg", "unsqueeze", "maximum", "mul"])
_FEWEST = 4


def divided_by_the_others(step: Step) -> Iterator[Sighting]:
    """``loss.masked_fill(hidden, 0).sum() / hidden.sum()``.

    The mask that counts is the one of all positions that weigh nothing. A sum of the one kind by the number of the
    other is meant where the others have a term of their own, as with the best of many boxes: here nothing else is asked
    of the model.
    """
    for node in step.of_loss:
        if node.name != "div" or len(node.parents) != 2 or not _is_all(step, node):
            continue
        total, count = (_sum_behind(step, ref) for ref in node.parents)
        if total is None or count is None or total.parents[0] not in step.learned:
            continue
        maker, counted = step.node(total.parents[0].node), count.parents[0]
        values, mask = step.value(total.parents[0]), _as_mask(step, counted, step.tape.shape(total.parents[0]))
        if maker.name not in MASKS or mask is None or counted in step.learned:
            continue
        is_left_out = (values == 0) == mask
        if not bool(is_left_out.all()) or min(int(mask.sum()), int((~mask).sum())) < _FEWEST:
            continue
        if _is_asked_elsewhere(step, maker):
            continue
        text = (
            f"{int(mask.sum())} of {mask.numel()} positions weigh nothing in the sum, by {maker.name}, and the sum of "
            f"the {int((~mask).sum())} others is divided by the number of just these: what is counted was left out"
        )
        fix = Fix("the mask the other way round, in the sum or in the count", (), "no")
        yield sighted("divided_by_the_others", maker if maker.spot is not None else node, text, (fix,))
        return


def _sum_behind(step: Step, ref: Ref) -> Node | None:
    """The sum that a number, or one number a row, is, but for its sign, its type and what keeps it from zero."""
    at, node = origin(step.tape, ref, _PASSES, first=step.first, is_alone=True)
    return node if node.name == "sum" and not step.is_leaf(at) and len(node.parents) == 1 else None


def _as_mask(step: Step, ref: Ref, shape: tuple[int, ...]) -> Tensor | None:
    """What is counted as a mask of all that is summed."""
    ref = origin(step.tape, ref, CONVERTS | COPIES, first=step.first)[0]
    value = step.known(ref)
    if value is None or not are_truths(value):
        return None
    try:
        return (value != 0).expand(shape)
    except RuntimeError:
        return None


def _is_all(step: Step, node: Node) -> bool:
    """Whether the loss is this quotient, or its mean, and nothing else that is learned comes in."""
    ref = node.ref
    while ref != step.loss:
        readers = step.readers(ref, to_loss=True)
        if len(readers) != 1:
            return False
        others = [parent for parent in readers[0].parents if parent != ref]
        if readers[0].name not in TOTALS | _PASSES | {"mul", "div"} or any(other in step.learned for other in others):
            return False
        ref = readers[0].ref
    return True


def _is_asked_elsewhere(step: Step, maker: Node) -> bool:
    """Whether what was there before some of it was left out goes elsewhere, too, on its way to the loss."""
    whole = [parent for parent in maker.parents if parent in step.learned]
    return len(whole) != 1 or len(step.readers(whole[0], to_loss=True)) != 1


PROBE = Probe(
    "a sum is divided by the number of what it is made of",
    lambda look: divided_by_the_others(look.step),
)
