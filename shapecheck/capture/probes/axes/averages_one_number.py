"""An average of what a sum has made one number of: ``kl.sum().mean(dim=0)``, ``(errors + kl.sum()).mean()``."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.added_to_each import is_share
from shapecheck.capture.instruments.rows.pair_tables import is_made_of_inputs
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.sighting import Sighting, one_for_each, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import SHIFTS
from shapecheck.findings import Fix

_SUMS = frozenset(["sum", "nansum"])
# What is done to one number on its way, together with numbers that are none of a tensor.
_SCALES = frozenset(["mul", "div", "neg", "add", "sub", "rsub", "to", "clone", "squeeze"])


def averages_one_number(step: Step) -> Iterator[Sighting]:
    """An axis is named, and there is none: the samples that were to be averaged are in the sum already.

    Or there is one, along which each sample has a number of its own, to which the sum of all samples was added.
    """
    for node in step.of_loss:
        if node.name != "mean" or not node.parents:
            continue
        source = node.parents[0]
        if step.tape.shape(source) == ():
            made = _sum_behind(step, source) if _names_an_axis(node) else None
        else:
            made = _added_to_each(step, source)
            if made is not None:
                yield _told_beside(step, made, source)
                return
        if made is None:
            continue
        shape = step.tape.shape(made.parents[0])
        text = (
            f"the sum in front has taken all of {shape} together, so there is no axis left to average along: it stays "
            f"the sum over {shape[0]} samples, and weighs more in a larger batch"
        )
        yield sighted("averages_one_number", node, text, (_of_each(step, made),))
        return


def _of_each(step: Step, made: Node) -> Fix:
    """The sum of each sample."""
    ndim = len(step.tape.shape(made.parents[0]))
    others = "1" if ndim == 2 else f"({', '.join(map(str, range(1, ndim)))})"
    return Fix(f"dim={others} in the sum", one_for_each(made, f"dim={others}"), "no")


def _added_to_each(step: Step, ref: Ref) -> Node | None:
    """The sum over all samples that was added to a number which each of them has, of what was learned like it."""
    shape = step.tape.shape(ref)
    open_ends, made = [ref], None
    while open_ends and len(shape) == 1:
        at = open_ends.pop()
        node = step.node(at.node)
        if node.name in SHIFTS and not step.is_leaf(at) and step.tape.shape(at) == shape:
            open_ends += node.parents
        elif step.tape.shape(at) == () and at in step.learned:
            found = _sum_behind(step, at)
            if found is not None and step.tape.shape(found.parents[0])[0] == shape[0]:
                made = found
        elif step.tape.shape(at) != shape:
            return None
    return made


def _told_beside(step: Step, made: Node, ref: Ref) -> Sighting:
    shape, size = step.tape.shape(made.parents[0]), step.tape.shape(ref)[0]
    text = (
        f"{made.name} has taken all of {shape} together and is added to {size} numbers, one for each sample, before "
        f"these are averaged: each sample pays for all {size}, and the more the larger a batch is"
    )
    return sighted("averages_one_number", made, text, (_of_each(step, made),))


def _names_an_axis(node: Node) -> bool:
    given = [*node.args[1:2], node.kwargs.get("dim"), node.kwargs.get("axis")]
    return any(isinstance(axis, int | tuple | list) and not isinstance(axis, bool) for axis in given)


def _sum_behind(step: Step, ref: Ref) -> Node | None:
    """The sum of a whole tensor that became one number, if nothing else of a tensor came to it since."""
    *way, (at, node) = backwards(step.tape, ref, _SCALES, first=step.first, is_alone=True)
    shape = step.tape.shape(node.parents[0]) if node.parents and not step.is_leaf(at) else ()
    if node.name not in _SUMS or node.shapes[0] != () or len(shape) < 2 or shape[0] < 2:
        return None
    is_told = is_made_of_inputs(step, node.parents[0]) and not any(is_share(one, shape) for _, one in way)
    return node if is_told else None


PROBE = Probe(
    "an average along an axis has an axis to run along",
    lambda look: averages_one_number(look.step),
    needs_no_run=True,
)
