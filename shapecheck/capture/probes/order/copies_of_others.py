"""Numbers of the copies of a sample that are held against the mean of other samples' copies, not against their own."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.reductions import along, edited, reduced_axes
from shapecheck.capture.instruments.rows.copies_drawn import Drawn, drawn_copies
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.graphs import graph_of
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS
from shapecheck.findings import Fix

_STATISTICS = frozenset(["mean", "std", "var"])
_PASSES = CONVERTS | {"unsqueeze", "expand", "expand_as"}


def copies_of_others(step: Step) -> Iterator[Sighting]:
    """``rewards.view(prompts, tries)`` from which ``mean(dim=0)`` is taken, where each prompt was tried several times.

    The tries of a prompt were drawn, so that the k-th ones of two prompts have nothing in common: their mean is a level
    of nobody. What is asked is how good a try was among those of the same prompt. A mean of everything may be meant,
    and what a model has made of the copies may be centred over the samples.
    """
    for node in step.of_loss:
        axes = reduced_axes(step, node) if node.name == "mean" else ()
        if len(axes) != 1 or node.spot is None:
            continue
        table = node.parents[0]
        if len(step.tape.shape(table)) != 2 or graph_of(step.tape, table, {}) or not _is_taken_off(step, node, table):
            continue
        found = drawn_copies(step, table)
        if found is not None and found.samples == axes[0]:
            yield _told(step, node, table, found)
            return


def _is_taken_off(step: Step, level: Node, table: Ref) -> bool:
    """Whether a level is subtracted from the numbers that it is the level of."""
    for node in step.of_loss:
        if node.index < level.index or node.name != "sub" or len(node.parents) != 2:
            continue
        bases = [origin(step.tape, ref, _PASSES, first=step.first)[0] for ref in node.parents]
        whole = origin(step.tape, table, CONVERTS, first=step.first)[0]
        if node.shapes[0] == step.tape.shape(table) and set(bases) == {whole, level.ref}:
            return True
    return False


def _told(step: Step, node: Node, table: Ref, found: Drawn) -> Sighting:
    other = 1 - found.samples
    alike = [
        one
        for one in step.of_loss
        if one.name in _STATISTICS and one.parents == (table,) and reduced_axes(step, one) == (found.samples,)
    ]
    text = (
        f"axis {found.samples} of {step.tape.shape(table)} holds {found.size} samples, and axis {other} the "
        f"{found.count} copies of each, which differ by what was drawn for them: the k-th copies of all samples have "
        "one level, and it is taken off as if they belonged together"
    )
    edits = edited(dict.fromkeys(alike, other))
    fix = Fix(
        f"{node.name}(dim={other}, keepdim=True)", edits, tried(step, {one.index: along(one, other) for one in alike})
    )
    return sighted("copies_of_others", node, text, (fix,))


PROBE = Probe(
    "copies of a sample are held against each other",
    lambda look: copies_of_others(look.step),
)
