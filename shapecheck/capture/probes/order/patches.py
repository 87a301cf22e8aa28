"""Patches that were cut out of an image, and put into rows with the channels still in front of them."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from shapecheck.capture.instruments.rows.recuts import permuted
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted, turned_before
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import CONVERTS
from shapecheck.findings import Fix


def patches(step: Step) -> Iterator[Sighting]:
    """``x.unfold(2, p, p).unfold(3, p, p).reshape(n, h * w, c * p * p)``: rows as long as a patch, cut across patches.

    ``unfold`` puts the positions in a patch behind all axes, and leaves the channels in front of the patches.
    """
    for node in step.of_loss:
        if node.name not in ("view", "reshape") or not node.parents:
            continue
        cuts = _unfolded(step, node)
        before, after = step.tape.shape(node.parents[0]), node.shapes[0]
        if not cuts or len(before) != 2 + 2 * cuts or before[1] < 2:
            continue
        places, inside = before[2 : 2 + cuts], before[2 + cuts :]
        if after != (before[0], prod(places), before[1] * prod(inside)) or prod(places) < 2:
            continue
        order = (0, *range(2, 2 + cuts), 1, *range(2 + cuts, len(before)))
        try:
            step.run_with({node.index: permuted(order, after)})
        except Exception:
            continue
        text = (
            f"{before} holds {before[1]} channels of {prod(places)} patches each; a row of {after} is as long as a "
            "patch with all its channels, and holds one channel of several patches"
        )
        title = f"permute({', '.join(map(str, order))}) before the reshape"
        fix = Fix(title, turned_before(node, order), "call", "each row is one patch")
        yield sighted("features_reshaped", node, text, (fix,))
        return


def _unfolded(step: Step, node: Node) -> int:
    """How many times the axes of an image were unfolded right before, with nothing turned since."""
    count, ref = 0, node.parents[0]
    while step.node(ref.node).parents:
        made = step.node(ref.node)
        if made.name == "unfold" and len(made.args) == 4:
            count += 1
        elif made.name not in CONVERTS or count:
            break
        ref = made.parents[0]
    return count


PROBE = Probe(
    "rows that are made of patches hold one patch each",
    lambda look: patches(look.step),
)
