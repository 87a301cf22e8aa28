"""Whether what a reduction over the samples leaves is a number of the whole batch, as a term of the loss may be."""

from __future__ import annotations

from math import prod

from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import POOLS

_REDUCTIONS = POOLS | {"logsumexp"}
_SCALES = frozenset(["mul", "div", "neg", "add", "sub", "rsub", "to", "clone"])


def is_of_whole_batch(step: Step, node: Node) -> bool:
    """Whether nothing with samples of its own comes to what a reduction leaves, on its way to one number.

    Then nothing asks for samples there: penalties on averages over the batch are made so (free bits,
    https://arxiv.org/abs/1606.04934, section C.8), and of a sum it makes no difference which axis comes first. But
    a sum that is averaged over another axis than that of the samples was divided by the wrong number, unless it was
    divided by a like sum before, as the overlap of each class is by all that was said or meant to be of that class
    (https://arxiv.org/abs/1606.04797, section 3).
    """
    if node.name not in _REDUCTIONS or not node.parents or len(node.shapes[0]) >= len(step.tape.shape(node.parents[0])):
        return False
    alike = {other.index for other in map(step.node, step.to_loss) if _reduces_alike(step, other, node)}
    reached = {out for at in alike for out in step.node(at).outs}
    made = [step.node(at) for at in descendants(step.tape, reached, step.order) if at in step.to_loss]
    way: list[Node] = []
    for other in made:
        if prod(step.tape.shape(other.ref)) == 1 and way and not way[-1].shapes[0]:
            # Behind its own number stands the rest of the loss.
            break
        reached |= set(other.outs)
        if any(prod(step.tape.shape(ref)) > 1 for ref in other.parents if ref not in reached):
            return False
        way.append(other)
    if not way or way[-1].shapes[0]:
        return False
    is_ratio = any(one.name == "div" and len({*one.parents} & reached) > 1 for one in way)
    is_averaged_over_rest = (
        node.name == "sum" and way[-1].name == "mean" and all(one.name in _SCALES for one in way[:-1])
    )
    return is_ratio or not is_averaged_over_rest


def _reduces_alike(step: Step, one: Node, other: Node) -> bool:
    """Whether two reductions leave the same axes of tensors of the same sizes."""
    if one.index == other.index:
        return True
    given = (one.name, one.args[1:], one.kwargs) == (other.name, other.args[1:], other.kwargs)
    return given and step.tape.shape(one.parents[0]) == step.tape.shape(other.parents[0])
