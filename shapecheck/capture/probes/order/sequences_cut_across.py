"""Sequences that were put one behind the other, and are cut for a recurrent layer as if they lay step by step."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.features_axis import axis_kept, left_by_layer
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CUTS_APART, RECURRENT
from shapecheck.findings import Fix

_HOPS = 20


def sequences_cut_across(step: Step) -> Iterator[Sighting]:
    """``layer(torch.cat([a, b]).view(steps, 2, -1))``, where a and b have so many steps each.

    What was put together sequence by sequence has the sequences in front; the other way round every place of the
    batch gets steps of several of them. Of as many steps as sequences nothing is known.
    """
    told: set[int] = set()
    for layer in step.of_loss:
        if layer.name not in RECURRENT or not layer.parents:
            continue
        cut = _cut(step, layer.parents[0])
        joined = _joined(step, cut.parents[0]) if cut is not None else None
        if cut is None or joined is None or cut.index in told:
            continue
        count, length = len(joined.parents), step.tape.shape(joined.parents[0])[0]
        if cut.shapes[0][:2] != (length, count) or count == length or length < 2:
            continue
        told.add(cut.index)
        line = f" (line {joined.spot.line})" if joined.spot is not None else ""
        sizes = ", ".join(map(str, (count, length, *cut.shapes[0][2:])))
        text = (
            f"{count} sequences of {length} steps were put one behind the other{line}, and {cut.name} cuts the "
            f"{count * length} rows into {cut.shapes[0]}: the layer behind it takes {length} steps of {count} "
            "sequences, and each of these holds steps of several of those that were put together"
        )
        fix = Fix(f"view({sizes}).transpose(0, 1), and the same back behind the layer", (), "no")
        yield sighted("reshaped_instead_of_permuted", cut, text, (fix,))


def _cut(step: Step, ref: Ref) -> Node | None:
    """The reshape that made the first two axes of what a layer reads out of one."""
    for _ in range(_HOPS):
        node = step.node(ref.node)
        if step.is_leaf(ref) or not node.parents:
            return None
        before, after = step.tape.shape(node.parents[0]), step.tape.shape(ref)
        if node.name in CUTS_APART and len(after) > 2:
            is_cut = len(before) == len(after) - 1 and before[0] == after[0] * after[1] and before[1:] == after[2:]
            return node if is_cut else None
        if before[:2] != after[:2]:
            return None
        ref = node.parents[0]
    return None


def _joined(step: Step, ref: Ref) -> Node | None:
    """What put equally long sequences one behind the other, as long as each row stays where it was."""
    tape = step.tape
    for _ in range(_HOPS):
        node = tape.nodes[ref.node]
        if node.function is None or not node.parents:
            return None
        if node.name == "cat" and node.argument(1, "dim", default=0) == 0:
            lengths = {tape.shape(part)[:1] for part in node.parents}
            return node if len(node.parents) > 1 and len(lengths) == 1 and len(set(node.parents)) > 1 else None
        rows = [
            part
            for part in node.parents
            if tape.shape(part)[:1] == tape.shape(ref)[:1]
            and tape.nodes[part.node].kind != "parameter"
            and 0 in (axis_kept(tape, node, part, 0), left_by_layer(tape, node, part, 0))
        ]
        if len(rows) != 1:
            return None
        ref = rows[0]
    return None


PROBE = Probe(
    "sequences that were put one behind the other are cut into these",
    lambda look: sequences_cut_across(look.step),
    needs_no_run=True,
)
