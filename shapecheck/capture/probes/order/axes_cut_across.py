"""Reshapes of axes that were joined or turned before, by sizes in another order than the one in which they lie."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.strands import Axes, Axis, Strand
from shapecheck.capture.instruments.axes.woven import CUTS, Weave
from shapecheck.capture.instruments.trials.sighting import Sighting, exchanged, sighted, turned_before
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.findings import Fix

_FEWEST = 3


def axes_cut_across(look: Look) -> Iterator[Sighting]:
    """``y.reshape(t * b, h)`` and then ``.view(b, t, h)``; ``h.transpose(0, 2).reshape(b, -1)``.

    Of what was joined the order is known, and other sizes in that order than those that were joined cut across it. As
    many rows as there are samples, each of which holds a piece of another axis, are none of them.
    """
    step = look.step
    if look.before is not None:
        return
    weave = look.weave
    for node in [step.node(ref.node) for ref in weave.axes if not ref.out]:
        if node.name not in CUTS or not node.parents or node.spot is None or not node.shapes:
            continue
        first, behind = weave.of(node.parents[0]), weave.of(node.ref)
        found = _taken_apart(weave, node, first) or _samples_lost(step, weave, node, first, behind)
        if found is not None:
            yield found
            return


def _taken_apart(weave: Weave, node: Node, first: Axes) -> Sighting | None:
    """A joined axis that is taken apart by the sizes of its parts in another order."""
    out = node.shapes[0]
    for at, axis in enumerate(first):
        sizes = tuple(strand.size for strand in axis.strands)
        if axis.is_mixed or len(axis.origins) < 2 or len(axis.origins) < len(sizes):
            continue
        new = out[at : at + len(sizes)]
        is_apart = out[:at] == tuple(each.size for each in first[:at]) and new != sizes and sorted(new) == sorted(sizes)
        if not is_apart or len(set(sizes)) < len(sizes) or min(sizes) < _FEWEST:
            continue
        text = (
            f"axis {at} of {tuple(each.size for each in first)} was joined of axes of {sizes}, in this order; "
            f"{node.name} to {out} takes it apart as {new}: each place holds pieces of several others"
        )
        edits = exchanged(node, at) if len(sizes) == 2 else ()
        title = f"{node.name}({', '.join(map(str, (*out[:at], *sizes)))}, ...)"
        fix = Fix(title, edits, "no", "each place keeps its numbers")
        return sighted("axes_renamed", node, text, (fix,), _joined(weave, axis))
    return None


def _joined(weave: Weave, axis: Axis) -> Iterator[Node]:
    """What joined an axis of others, and what these were taken from."""
    made = (weave.step.node(ref.node) for ref, axes in weave.axes.items() if not ref.out and axis in axes)
    for node in made:
        if node.parents and axis not in weave.of(node.parents[0]) and node.name in CUTS:
            yield from (node, weave.step.node(node.parents[0].node))


def _samples_lost(step: Step, weave: Weave, node: Node, first: Axes, behind: Axes) -> Sighting | None:
    """As many rows as samples, while the samples lie within another axis."""
    if len(first) < 2 or not behind or behind[0].size < _FEWEST:
        return None
    for source in step.inputs:
        axes = weave.of(source)
        strand = axes[0].strands[0] if axes and len(axes[0].strands) == 1 else None
        at = next((at for at, axis in enumerate(first) if strand is not None and axis.strands == (strand,)), 0)
        if strand is None or not at or behind[0].size != strand.size or not _is_lost(strand, behind, weave):
            continue
        shape = step.tape.shape(node.parents[0])
        order = (at, *(axis for axis in range(len(shape)) if axis != at))
        text = (
            f"axis {at} of {shape} holds the {strand.size} samples; {node.name} to {node.shapes[0]} makes as many rows "
            "and leaves the numbers in their order: each row holds pieces of several samples"
        )
        title = f"permute({', '.join(map(str, order))}) before the reshape"
        return sighted("axes_renamed", node, text, (Fix(title, turned_before(node, order), "no"),))
    return None


def _is_lost(strand: Strand, behind: Axes, weave: Weave) -> bool:
    """Whether axis 0 is a piece of another axis, or of several, and the samples are joined with others elsewhere."""
    front, *rest = behind
    is_inside = any(strand.origin in axis.origins and len(axis.origins) > 1 for axis in rest)
    if front.is_mixed:
        return is_inside
    is_piece = len(front.strands) == 1 and front.size < weave.sizes[front.strands[0].origin]
    return is_inside and is_piece and strand.origin not in front.origins


PROBE = Probe(
    "a reshape takes apart what was joined as it was joined",
    axes_cut_across,
    needs_no_run=True,
    turn=Turn.LAST,
)
