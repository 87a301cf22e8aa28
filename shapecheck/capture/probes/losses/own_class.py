"""Scores that compare queries with a few examples of each class: are those of a class made of its own examples?"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.ways import Way
from shapecheck.capture.instruments.trials.alternative import Alternative
from shapecheck.capture.instruments.trials.alternatives import alternatives
from shapecheck.capture.instruments.trials.separation import Moves, first_mixed, first_overlapping, probe
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES
from shapecheck.findings import Fix


def own_class(step: Step, ways: list[Way]) -> Iterator[Sighting]:
    """Classes that come in as items of one axis, queries and examples alike, and of which the scores mix all.

    The labels say that item k is class k. With it replaced, its own queries move and the scores that all others have
    for class k, and nothing else; so it must be with the change that is told.
    """
    for node in step.nodes:
        if node.name not in CLASS_LOSSES or node.index not in step.to_loss or len(node.parents) < 2:
            continue
        scores, target = node.parents[:2]
        labels = _labels(step, scores, target)
        for way in ways if labels is not None else ():
            if labels is None or 0 not in way.moves or step.tape.shape(way.source)[0] != int(labels.max()) + 1:
                continue
            moves = way.moves[0]
            if any(_fits(each, scores, labels) for each in way.moves.values()):
                # By another axis the classes keep apart as it is, and this one counts the examples.
                continue
            places = (first_mixed(step, moves, [scores]), first_overlapping(step, moves, [scores]))
            for index in dict.fromkeys(place for place in places if place is not None):
                for other in alternatives(step, index):
                    if _is_mended(step, way, scores, labels, other):
                        yield _told(step, way, step.node(index), other)
                        return


def _labels(step: Step, scores: Ref, target: Ref) -> Tensor | None:
    """The class of each query, if each class from the first on has as many."""
    if len(step.tape.shape(scores)) != 2 or len(step.tape.shape(target)) != 1:
        return None
    labels = step.value(target)
    if labels.is_floating_point() or not labels.numel() or int(labels.min()) != 0:
        return None
    counts = torch.bincount(labels)
    return labels if len(counts) > 2 and len(counts.unique()) == 1 and int(counts[0]) > 1 else None  # type: ignore[no-untyped-call]


def _fits(moves: Moves, scores: Ref, labels: Tensor) -> bool:
    """Whether each class moves its own queries, and of the others the scores for it, and nothing else."""
    if not all(scores in moved for moved in moves.moved):
        return False
    for item, moved in zip(moves.items, moves.moved, strict=True):
        mask, own = moved[scores], labels == item
        if mask.ndim != 2 or item >= mask.shape[1]:
            return False
        others = mask[~own].clone()
        is_own = bool(mask[own].any(1).all()) and bool(others[:, item].any())
        others[:, item] = False
        if not is_own or bool(others.any()):
            return False
    return True


def _is_mended(step: Step, way: Way, scores: Ref, labels: Tensor, other: Alternative) -> bool:
    try:
        return _fits(probe(step, way.source, 0, other.instead), scores, labels)
    except Exception:
        # It does not fit, so it was not meant.
        return False


def _told(step: Step, way: Way, node: Node, other: Alternative) -> Sighting:
    shape = step.tape.shape(way.source)
    text = (
        f"by the labels, item k of axis 0 of {shape} is class k, and the queries of all classes are scored by what "
        "this makes of the examples: with one class replaced, scores of other queries for other classes moved as well"
    )
    edits = other_axis(node, other.new) if other.kind == "along" else ()
    fix = Fix(other.title, edits, "call", "the scores for a class are made of its own examples")
    return sighted("examples_of_all_classes", node, text, (fix,))


PROBE = Probe(
    "the scores for a class are made of its own examples",
    lambda look: own_class(look.step, look.ways),
    turn=Turn.LAST,
)
