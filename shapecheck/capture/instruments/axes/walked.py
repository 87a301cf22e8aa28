"""Which axis of a tensor counts steps, by the layers that walk along it: before that tensor, or behind it."""

from __future__ import annotations

from shapecheck.capture.instruments.axes.features_axis import followed
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ATTENTIONS, RECURRENT


def walked_before(step: Step) -> dict[Ref, int]:
    """Tensor -> its axis of steps, in all that is made by layers that walk along one, or of the vectors of symbols."""
    start: dict[Ref, int] = {}
    for node in step.nodes:
        axis = _steps_made(step, node)
        if axis is not None:
            start[node.ref] = axis
    return followed(step.tape, start, step.order, through_layers=True)


def walker_behind(step: Step, ref: Ref, axis: int) -> Node | None:
    """The first layer that walks along an axis of a tensor, wherever that axis lies when it comes there."""
    later = [index for index in step.order if index > ref.node]
    held = followed(step.tape, {ref: axis}, later, through_layers=True)
    for index in later:
        node = step.node(index)
        if any(
            held.get(source) == _steps_read(step, node, at)
            for at, source in enumerate(node.parents[:3])
            if source in held
        ):
            return node
    return None


def _steps_made(step: Step, node: Node) -> int | None:
    if not node.shapes or not node.parents:
        return None
    if node.name == "embedding":
        return 1 if len(step.tape.shape(node.parents[0])) == 2 else None
    return _steps_read(step, node, 0)


def _steps_read(step: Step, node: Node, at: int) -> int | None:
    """The axis of one of the tensors that a layer reads along which it walks."""
    ndim = len(step.tape.shape(node.parents[at]))
    if node.name in RECURRENT:
        return int(node.args[8]) if at == 0 and ndim == 3 and len(node.args) == 9 else None
    if node.name not in ATTENTIONS or ndim < 3:
        return None
    return 0 if node.name == "multi_head_attention_forward" else ndim - 2
