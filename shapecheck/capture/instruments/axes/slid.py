"""A convolution over sequences that could have been meant to slide along the other axis, to be tried on the tape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from shapecheck.capture.instruments.trials.alternative import Alternative
from shapecheck.capture.recording.replay import Run, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node

_TITLE = "x.transpose(0, 2) in front of the convolution, and behind it"
_TITLE_OF_SEVERAL = "x.transpose(0, 2) in front of the first of the convolutions, and behind the last"


def slid(step: Step, node: Node) -> Iterator[Alternative]:
    """The same convolution with what lies along its last axis in front, and the other way round behind it.

    Convolutions that follow one another read what the first one was given: all of them together come second.
    """
    sizes = _sizes(step, node)
    if sizes is None:
        return
    yield Alternative("slid", _TITLE, {node.index: _turned(node)})
    behind = (step.node(index) for index in descendants(step.tape, {node.ref}, step.order))
    others = [other for other in behind if _sizes(step, other) == sizes]
    if others:
        yield Alternative("slid", _TITLE_OF_SEVERAL, {other.index: _turned(other) for other in (node, *others)})


def are_of_sequences(step: Step) -> bool:
    """Whether each term of the loss is that of a whole sequence, so that what moves one alone is no step: CTC's are."""
    return all(step.node(term.node).name == "ctc_loss" for term in step.terms)


def _sizes(step: Step, node: Node) -> tuple[int, int] | None:
    """The sizes in front and along which it slides, of a convolution over sequences that joins what is side by side."""
    if node.name != "conv1d" or len(node.parents) < 2 or node.args[:2] != node.parents[:2]:
        return None
    shape, kernel = (step.tape.shape(ref) for ref in node.parents[:2])
    return (shape[0], shape[2]) if len(shape) == 3 and kernel[-1] > 1 else None


def _turned(node: Node) -> Run:
    def run(given: Tensor, *rest: Any, **kwargs: Any) -> Any:
        return node.function(given.transpose(0, 2), *rest, **kwargs).transpose(0, 2)  # type: ignore[misc]

    return run
