"""Ratios of what was summed up over a whole batch, of which a mean is then to be taken."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.alternatives import with_axis
from shapecheck.capture.instruments.trials.edits import replaced_texts
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import NORMS, TOTALS
from shapecheck.findings import Edit, Fix

_TOTALS = NORMS | TOTALS
_OUTCOME = "each sample has a ratio of its own"
# What is done to one number on its way: it is bounded, its root or logarithm is taken, it is scaled.
_ON_THE_WAY = frozenset(["add", "sub", "mul", "neg", "clamp", "clamp_min", "sqrt", "log", "log10", "pow"])


def ratio_of_whole_batch(look: Look) -> Iterator[Sighting]:
    """``((a - b).norm() / b.norm()).mean()``: the ratio of a batch is one number, where each sample has one.

    The sample with the largest numbers decides the ratio of all. Counts, such as those of a mask, are summed up over a
    batch on purpose. Where the ratio is another function's, its mean may be no more than a habit.
    """
    step = look.step
    for mean in step.all_of_loss:
        if mean.name != "mean" or mean.spot is None or mean.shapes[0] != () or step.tape.shape(mean.parents[0]) != ():
            continue
        ratio = origin(step.tape, mean.parents[0], _ON_THE_WAY, first=step.first)[1]
        sides = [_total(step, ref) for ref in ratio.parents] if ratio.name == "div" else []
        above, below = sides if len(sides) == 2 else (None, None)
        if above is None or below is None or above.name != below.name:
            continue
        shapes = [step.tape.shape(each.parents[0]) for each in (above, below)]
        spots = [each.spot for each in (above, below)]
        if shapes[0] != shapes[1] or len(shapes[0]) < 2 or any(spot is None for spot in spots):
            continue
        if {spot.code for spot in spots if spot} == {mean.spot.code} and _are_measured(step, below.parents[0]):
            yield _told(step, mean, above, below)
            return


def _total(step: Step, ref: Ref) -> Node | None:
    """The reduction of a whole batch to one number that a number was made of."""
    node = origin(step.tape, ref, _ON_THE_WAY, first=step.first)[1]
    is_total = node.name in _TOTALS and node.shapes[0] == () and len(node.parents) == 1
    return node if is_total and not reduced_axes(step, node) else None


def _are_measured(step: Step, ref: Ref) -> bool:
    """Whether numbers are no counts, flags or other whole numbers."""
    value = step.known(ref)
    return value is not None and value.is_floating_point() and bool((value != value.round()).any())


def _told(step: Step, mean: Node, above: Node, below: Node) -> Sighting:
    shape = step.tape.shape(above.parents[0])
    axes = tuple(range(1, len(shape)))
    along = axes if len(axes) > 1 else axes[0]
    verified = tried(step, {node.index: with_axis(node, along) for node in (above, below)})
    line = mean.spot.line if mean.spot is not None else 0
    text = (
        f"both {above.name}s run over all of {shape}, the samples as well, so that the mean in line {line} is that of "
        f"one number"
    )
    fix = Fix(f"dim={along} of both", _edits((above, below), along), verified, _OUTCOME)
    return sighted("ratio_of_whole_batch", above, text, (fix,))


def _edits(nodes: tuple[Node, ...], along: int | tuple[int, ...]) -> tuple[Edit, ...]:
    calls = [call_at(node) for node in nodes]
    texts: dict[ast.expr, str] = {
        call: f"{ast.unparse(call)[:-1]}{', ' * bool(call.args or call.keywords)}dim={along})" for call in calls if call
    }
    files = {node.spot.code.co_filename for node in nodes if node.spot is not None}
    return replaced_texts(files.pop(), texts) if len(texts) == len(nodes) and len(files) == 1 else ()


PROBE = Probe("what is averaged over the samples is a number for each of them", ratio_of_whole_batch)
