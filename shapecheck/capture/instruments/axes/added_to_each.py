"""One sum of a whole batch that a model adds to each of its samples: the sum of each is meant."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from torch import Tensor

from shapecheck.capture.instruments.trials.alternative import Alternative
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import SUMS

_SCALED = frozenset(["mul", "div", "neg"])


def added_to_each(step: Step, node: Node) -> Iterator[Alternative]:
    """``x.sum() + linear(x)`` in a model, where ``x`` has a row for each row of ``linear(x)``.

    Nothing else may be done with the sum: one that is a term of a loss, or that scales, may well be of all samples. One
    that is divided by how many they are is a mean.
    """
    source = node.parents[0] if len(node.parents) == 1 else None
    shape = step.tape.shape(source) if source is not None else ()
    if node.name != "sum" or node.shapes != ((),) or node.root < 0 or len(shape) < 2 or source not in step.learned:
        return
    met = _met(step, node)
    if met is None or len(met) > len(shape) or met[:1] != shape[:1]:
        return
    axes, is_kept = tuple(range(1, len(shape))), len(met) > 1

    def run(values: Tensor, *_: object, **__: object) -> Tensor:
        total = values.sum(dim=axes)
        return total.reshape(-1, *(1 for _ in met[1:]))

    along = f"dim={axes if len(axes) > 1 else axes[0]}"
    if len(met) in (1, len(shape)):
        yield Alternative("whole", f"{along}, keepdim=True" if is_kept else along, {node.index: run})


def _met(step: Step, node: Node) -> tuple[int, ...] | None:
    """The shape of what a single number is added to, scaled perhaps; None if anything else reads it."""
    readers = step.readers(node)
    whole = step.tape.shape(node.parents[0])
    while len(readers) == 1 and readers[0].shapes[0] == () and readers[0].name in _SCALED:
        if is_share(readers[0], whole):
            return None
        node, readers = readers[0], step.readers(readers[0])
    is_added = len(readers) == 1 and readers[0].name in SUMS and len(readers[0].parents) == 2
    return readers[0].shapes[0] if is_added else None


def is_share(node: Node, shape: tuple[int, ...]) -> bool:
    """Whether a sum is divided by a number that counts what was summed up, or its samples."""
    return is_divided_by(node, {shape[0], prod(shape)})


def is_divided_by(node: Node, counts: set[int]) -> bool:
    """Whether a tensor is divided by one of some numbers, or multiplied with what that comes to."""
    numbers = [item for item in node.args[1:] if isinstance(item, int | float) and not isinstance(item, bool)]
    if node.name == "div":
        return any(number in counts for number in numbers)
    return node.name == "mul" and any(number and round(1 / number, 6) in counts for number in numbers)
