"""Weights that are counted from sample to sample, where steps lie beside the samples: each is weighed by its place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise

from torch import Tensor

from shapecheck.capture.instruments.axes.counting import counting_of, varies_along
from shapecheck.capture.instruments.axes.features_axis import axis_kept
from shapecheck.capture.instruments.axes.samples_axis import samples_axis
from shapecheck.capture.instruments.axes.ways import Way
from shapecheck.capture.instruments.steps.chained import chains
from shapecheck.capture.instruments.trials.separation import Moves, separate_axes
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import RECURRENT, SCALES
from shapecheck.findings import Fix

# What leaves each number, or each row, at its place beside the samples.
_ALIKE = frozenset(["flip", "cumsum", "pow", "square", "abs", "exp", "log", "neg", "sqrt"])
# Two halves of a batch may well count for something else.
_FEWEST = 3
# Rows in no order give a share of 1.
_IN_ORDER = 0.6


def weights_by_place(look: Look) -> Iterator[Sighting]:
    """``loss * 0.9 ** torch.arange(loss.size(0))[:, None]``, where the loss has a number for each step of each sample.

    Of an episode each row is a step, and of a table in the order of time the last rows may count more. So the rows must
    be samples by the probe, beside steps that a layer walks along, or that were made one from another; or they are
    drawn in no order at all.
    """
    step = look.step
    nodes = [node for node in step.of_loss if node.name in SCALES and len(node.parents) == 2]
    counted = [(node, table) for node in nodes for table in dict.fromkeys(node.parents) if _is_counted(step, table)]
    lengths = {len(made) for made in chains(step)} | {*_walked(step)} if counted else set()
    for node, table in counted:
        shape = node.shapes[0]
        axis = varies_along(step.value(table), len(shape))
        made = counting_of(step, table)
        if axis is None or made is None or not _only_weighs(step, made, node):
            continue
        beside = [at for at, size in enumerate(shape) if at != axis and size > 1]
        steps = [at for at in beside if shape[at] in lengths and shape[at] != shape[axis]]
        ways = [way for way in look.ways if _holds_samples(look, way, node, axis)]
        is_drawn = any(samples_axis(step.tape, way.source) is not None for way in ways)
        if not is_drawn and any(_are_in_order(look, way) for way in ways):
            continue
        if ways and (len(steps) == 1 or (is_drawn and beside)):
            yield _told(node, made, step.tape.shape(table), axis, (steps or beside)[0])
            return


def _walked(step: Step) -> Iterator[int]:
    """How many steps recurrent layers walk along."""
    for node in step.of_loss:
        shape = step.tape.shape(node.parents[0]) if node.parents else ()
        if node.name in RECURRENT and len(shape) == 3 and len(node.args) == 9:
            yield shape[int(node.args[8])]


def _is_counted(step: Step, table: Ref) -> bool:
    return counting_of(step, table) is not None and _runs(step.value(table))


def _runs(value: Tensor) -> bool:
    """Whether its numbers go on from one to the next: all of them larger, or all of them smaller.

    Numbers of both signs are no weights: they say for what a sample speaks, and against what.
    """
    numbers = [one for one, _ in groupby(value.double().flatten().tolist())]
    rises = [one < other for one, other in pairwise(numbers)]
    is_weight = bool((value >= 0).all()) or bool((value <= 0).all())
    return is_weight and len(numbers) >= _FEWEST and (all(rises) or not any(rises))


def _only_weighs(step: Step, *nodes: Node) -> bool:
    """Whether all that is made of some is learned, or only weighs what is: what a model reads may be mixed by shares.

    So data and noise are, in shares that are spread evenly over a batch.
    """
    open_nodes, seen = [*nodes], set[int]()
    while open_nodes:
        one = open_nodes.pop()
        if one.ref in step.learned:
            if one.name not in SCALES:
                return False
            continue
        seen.add(one.index)
        open_nodes += [reader for reader in step.readers(one) if reader.index not in seen]
    return True


def _holds_samples(look: Look, way: Way, node: Node, axis: int) -> bool:
    """Whether the samples of an input stay apart along an axis of what comes out, or of what that meets."""
    own = look.batch_axes.get(way.source)
    if own is None and len(way.apart) == 1 and len(way.moves) == 2:
        own = way.apart[0]
    if own is None or own not in way.moves:
        return False
    moves: Moves = way.moves[own]
    for ref, at in _followed(look.step, node, axis):
        if moves.reaches(ref):
            return separate_axes(moves.masks(ref)) == [at]
    return False


def _are_in_order(look: Look, way: Way) -> bool:
    """Whether rows that follow each other are more alike than others: windows, or days, in the order of time."""
    own = look.batch_axes.get(way.source, way.apart[0] if way.apart else 0)
    value = look.step.value(way.source)
    if not value.is_floating_point():
        return False
    rows = value.double().movedim(own, 0)
    return bool(rows.diff(dim=0).square().mean() < _IN_ORDER * 2 * rows.var(0).mean())


def _followed(step: Step, node: Node, axis: int) -> Iterator[tuple[Ref, int]]:
    """What comes out, and what is made of that, as long as the axis stays what it is."""
    held = {node.ref: axis}
    yield node.ref, axis
    for other in (other for other in step.nodes if other.index > node.index and other.shapes):
        read = next((ref for ref in other.parents if ref in held), None)
        if read is None:
            continue
        is_alike = other.name in _ALIKE and other.shapes[0] == step.tape.shape(read)
        at = held[read] if is_alike else axis_kept(step.tape, other, read, held[read])
        if at is not None:
            held[other.ref] = at
            yield other.ref, at


def _told(node: Node, made: Node, table: tuple[int, ...], axis: int, steps: int) -> Sighting:
    shape = node.shapes[0]
    text = (
        f"{table} was counted and multiplies {shape}: it differs along axis {axis}, which by the probe holds the "
        f"{shape[axis]} samples, and is the same for all {shape[steps]} of axis {steps}: how much a sample "
        "counts is said by its place in the batch"
    )
    seen = made if made.spot is not None else node
    return sighted("weights_along_batch", seen, text, (Fix(f"count along axis {steps}", (), "no"),))


PROBE = Probe(
    "weights that are counted belong to the steps, and not to the places of the samples",
    weights_by_place,
    of_samples=True,
)
