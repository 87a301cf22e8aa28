"""Scores that are centred by the mean of all of them beside a level of each row: the mean of each row is meant."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.alternative import Alternative
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import COPIES, SHIFTS


def centred_by_all(step: Step, node: Node) -> Iterator[Alternative]:
    """``value + scores - scores.mean()``, where each row has a value of its own.

    Only what is taken off the scores of a row leaves the value to say the level of that row
    (https://arxiv.org/abs/1511.06581, equation 9). What is centred without a level beside it may be a batch on purpose.
    """
    if node.name != "mean" or node.shapes != ((),) or node.root < 0 or len(node.parents) != 1:
        return
    source = node.parents[0]
    shape = step.tape.shape(source)
    if len(shape) == 2 and min(shape) > 1 and source in step.learned and _has_level(step, node, source):

        def run(values: Tensor, *_: object, **__: object) -> Tensor:
            return values.mean(dim=1, keepdim=True)

        yield Alternative("whole", "dim=1, keepdim=True", {node.index: run}, 0, 0)


def _has_level(step: Step, node: Node, source: Ref) -> bool:
    """Whether what the mean is taken off is the scores, with a number for each row added to them in front or behind."""
    shape, total = step.tape.shape(source), node.ref
    scores, is_level, is_centred = {source}, False, False
    for other in step.nodes:
        if other.index < source.node or not scores & set(other.parents) or other.index == node.index:
            continue
        if other.name not in SHIFTS or other.shapes[0] != shape:
            continue
        rest = [parent for parent in other.parents if parent not in scores]
        levels = [origin(step.tape, ref, COPIES, first=step.first)[0] for ref in rest if ref in step.learned]
        is_level |= any(step.tape.shape(ref) == (shape[0], 1) for ref in levels)
        is_centred |= other.name == "sub" and other.parents[1:] == (total,)
        scores.add(other.ref)
    return is_level and is_centred and len(step.readers(total)) == 1
