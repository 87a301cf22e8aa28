"""A convolution over sequences that could have been meant to slide along the other axis, to be tried on the tape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from shapecheck.capture.instruments.trials.alternative import Alternative
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node

_TITLE = "x.transpose(0, 2) in front of the convolution, and behind it"


def slid(step: Step, node: Node) -> Iterator[Alternative]:
    """The same convolution with what lies along its last axis in front, and the other way round behind it."""
    if node.name != "conv1d" or len(node.parents) < 2 or node.args[:2] != node.parents[:2]:
        return
    sizes, kernel = (step.tape.shape(ref) for ref in node.parents[:2])
    if len(sizes) != 3 or kernel[-1] < 2:
        return

    def run(given: Tensor, *rest: Any, **kwargs: Any) -> Any:
        return node.function(given.transpose(0, 2), *rest, **kwargs).transpose(0, 2)  # type: ignore[misc]

    yield Alternative("slid", _TITLE, {node.index: run})
