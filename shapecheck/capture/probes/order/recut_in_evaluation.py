"""Rows that an evaluation cuts into groups: is what is held against the label of a sample made of that sample?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import torch

from shapecheck.capture.instruments.axes.ways import Way
from shapecheck.capture.instruments.rows.recuts import RESHAPES
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.alternative import Alternative
from shapecheck.capture.instruments.trials.alternatives import alternatives
from shapecheck.capture.instruments.trials.separation import Moves, probe
from shapecheck.capture.instruments.trials.sighting import Sighting, exchanged, sighted, turned_before
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.replay import replay
from shapecheck.capture.recording.step import REDUCING, Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, EQUALS, REARRANGES, SOFTMAXES
from shapecheck.findings import Edit, Fix

_MOVES = REARRANGES - {"masked_select", "index_select", "dropout"} | CONVERTS
_KINDS = frozenset(["reshape", "recut"])
_DECIDES = CONVERTS | SOFTMAXES | {"argmax", "max", "topk", "gt", "ge", "lt", "le", "sigmoid", "round", "squeeze"}
_MOST = 6


def recut_in_evaluation(look: Look) -> Iterator[Sighting]:
    """``net(clips.flatten(0, 1)).view(n_clips, len(labels), -1).mean(0)``: groups of the clips of other samples.

    The rows of sample k must move the scores that are held against label k, and no others. It counts only where they
    do with the numbers of one reshape in another order, in the evaluation's own lines: what a model does is asked of
    the training.
    """
    step = look.step
    if any(root.training and root.graded for root in step.roots):
        return
    for way in look.seen:
        if 0 not in way.moves:
            continue
        for scores, size in _measured(step, way.moves[0]):
            samples = _samples_of_rows(step, way.source, size)
            if samples is None or _keeps_rows(way.moves[0], scores, samples):
                continue
            for node in islice(_cuts(step, way, scores), _MOST):
                other = _meant(step, way, scores, samples, node)
                if other is not None:
                    yield _told(step, way, size, node, other)
                    return


def _measured(step: Step, moves: Moves) -> Iterator[tuple[Ref, int]]:
    """Scores that are held against something with a row for each sample, made of none, and how many these are."""
    for node in step.recorded:
        if node.name not in EQUALS | REDUCING or len(node.parents) < 2:
            continue
        for guess, labels in (node.parents[:2], node.parents[1::-1]):
            size = step.tape.shape(labels)[:1]
            if any(labels in moved for moved in moves.moved) or not size or size[0] < 2:
                continue
            for ref, _ in backwards(step.tape, guess, _DECIDES, first=step.first):
                if step.tape.shape(ref)[:1] == size and step.tape.dtype(ref).is_floating_point:
                    if all(ref in moved for moved in moves.moved):
                        yield ref, size[0]
                    break


def _keeps_rows(moves: Moves, scores: Ref, samples: tuple[int, ...]) -> bool:
    """Whether each row moves the scores of its own sample and no others."""
    for item, moved in zip(moves.items, moves.moved, strict=True):
        mask = moved.get(scores)
        rows = mask.reshape(len(mask), -1).any(1).nonzero().flatten().tolist() if mask is not None else []
        if rows != [samples[item]]:
            return False
    return True


def _cuts(step: Step, way: Way, scores: Ref) -> Iterator[Node]:
    """The reshapes of the evaluation's own lines between the model and the scores, the last one first."""
    for index in sorted(step.order, reverse=True):
        node = step.node(index)
        is_between = index <= scores.node and Ref(index) in way.moves[0].moved[0]
        if is_between and node.name in RESHAPES and node.root < 0 and node.spot is not None:
            yield node


def _meant(step: Step, way: Way, scores: Ref, samples: tuple[int, ...], node: Node) -> Alternative | None:
    for other in alternatives(step, node.index):
        try:
            if other.kind in _KINDS and _keeps_rows(probe(step, way.source, 0, other.instead), scores, samples):
                return other
        except Exception:
            # It does not fit, so it was not meant.
            continue
    return None


def _told(step: Step, way: Way, size: int, node: Node, other: Alternative) -> Sighting:
    shape, rows = step.tape.shape(node.parents[0]), step.tape.shape(way.source)[0]
    text = (
        f"{rows} rows of {size} samples were read, and their scores {shape} are cut into {node.shapes[0]}: with one "
        "row replaced, scores moved that are held against the label of another sample"
    )
    fix = Fix(other.title, _edits(node, other), "call", "each row moves the scores of its own sample alone")
    return sighted("reshaped_instead_of_permuted", node, text, (fix,))


def _edits(node: Node, other: Alternative) -> tuple[Edit, ...]:
    if isinstance(other.new, tuple):
        return turned_before(node, other.new)
    is_plain = node.name in ("view", "reshape")
    return exchanged(node, other.new, f".transpose({other.new}, {other.new + 1})") if is_plain else ()


def _samples_of_rows(step: Step, ref: Ref, size: int) -> tuple[int, ...] | None:
    """For each row the number of its sample; None if it is not seen that each row is cut out of one.

    Args:
        step: The step.
        ref: What a model was given.
        size: How many samples there are.
    """
    tape, way = step.tape, list[int]()
    for at, node in backwards(tape, ref, _MOVES, is_alone=True):
        shape = tape.shape(at)
        if shape.count(size) == 1 and shape[0] == size:
            numbers = torch.arange(size).view(-1, *[1] * (len(shape) - 1)).expand(shape).contiguous()
            rows = replay(tape, sorted(way), {at: numbers}).get(ref, numbers)
            rows = rows.reshape(len(rows), -1)
            return tuple(rows[:, 0].tolist()) if bool((rows == rows[:, :1]).all()) else None
        way.append(node.index)
    return None


PROBE = Probe(
    "what is measured of a sample is made of that sample",
    recut_in_evaluation,
    in_evaluation=True,
)
