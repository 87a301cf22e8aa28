"""What a model draws from a normal distribution that it tells the mean and the deviation of: ``mean + noise * std``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import HANDS_ON

NORMAL = frozenset(["randn", "randn_like", "normal", "normal_"])
# What makes a deviation of whatever a layer gave: of each number another one.
_EACH = frozenset(
    ["exp", "mul", "div", "add", "sub", "neg", "sqrt", "pow", "square", "softplus", "clamp", "clamp_min", "clamp_max",
     "sigmoid", "tanh", "exp2", "clip", "to", "float", "clone", "contiguous"]
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A sample of a normal distribution.

    Args:
        node: What adds up the mean and the noise.
        product: What multiplies the noise.
        mean: The mean.
        deviation: What the noise is multiplied by.
        raw: What that was made of, number by number: mostly its logarithm, or that of its square; or itself.
    """

    node: Node
    product: Node
    mean: Ref
    deviation: Ref
    raw: Ref


def drawn_samples(step: Step) -> Iterator[Drawn]:
    """The samples that the loss is made of."""
    for node in step.all_of_loss:
        if node.name != "add" or len(node.parents) != 2 or node.kwargs:
            continue
        for mean, product in (node.parents, node.parents[::-1]):
            deviation = _scaling_noise(step, product)
            if deviation is None or mean not in step.learned or step.tape.shape(mean) != step.tape.shape(deviation):
                continue
            raw = _raw(step, deviation)
            if raw != mean:
                yield Drawn(node, step.node(product.node), mean, deviation, raw)


def _scaling_noise(step: Step, ref: Ref) -> Ref | None:
    """What drawn noise is multiplied by."""
    node = step.node(ref.node)
    if node.name != "mul" or len(node.parents) != 2:
        return None
    for noise, other in (node.parents, node.parents[::-1]):
        if other in step.learned and origin(step.tape, noise, HANDS_ON)[1].name in NORMAL:
            return other
    return None


def _raw(step: Step, ref: Ref) -> Ref:
    while True:
        node = step.node(ref.node)
        learned = [parent for parent in node.parents if parent in step.learned]
        if node.name not in _EACH or len(learned) != 1 or len(node.parents) != 1 or step.is_leaf(ref):
            return ref
        if step.tape.shape(learned[0]) != step.tape.shape(ref):
            return ref
        ref = learned[0]
