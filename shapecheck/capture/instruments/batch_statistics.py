"""Whether what a reduction over the samples leaves is a number of the whole batch, as a term of the loss may be."""

from __future__ import annotations

from math import prod

from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import POOLS

_REDUCTIONS = POOLS | {"logsumexp"}
_SCALES = frozenset(["mul", "div", "neg", "add", "sub", "rsub", "to", "clone"])


def is_of_whole_batch(step: Step, node: Node) -> bool:
    """Whether nothing with samples of its own comes to what a reduction leaves, on its way to one number.

    Then nothing asks for samples there: penalties on averages over the batch are made so (free bits,
    https://arxiv.org/abs/1606.04934, section C.8), and of a sum it makes no difference which axis comes first. But
    a sum that is averaged over another axis than that of the samples was divided by the wrong number.
    """
    if node.name not in _REDUCTIONS or not node.parents or len(node.shapes[0]) >= len(step.tape.shape(node.parents[0])):
        return False
    made = [step.node(at) for at in descendants(step.tape, {Ref(node.index)}, step.order) if at in step.to_loss]
    reached = {Ref(node.index, out) for out in range(len(node.shapes))}
    way: list[Node] = []
    for other in made:
        if prod(step.tape.shape(Ref(other.index))) == 1 and way and not way[-1].shapes[0]:
            # Behind its own number stands the rest of the loss.
            break
        reached |= {Ref(other.index, out) for out in range(len(other.shapes))}
        if any(prod(step.tape.shape(ref)) > 1 for ref in other.parents if ref not in reached):
            return False
        way.append(other)
    if not way or way[-1].shapes[0]:
        return False
    is_averaged_over_rest = (
        node.name == "sum" and way[-1].name == "mean" and all(one.name in _SCALES for one in way[:-1])
    )
    return not is_averaged_over_rest
