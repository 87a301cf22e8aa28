"""Means over the steps of what a model has made of padded sequences, whose mask the model alone was told of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from shapecheck.capture.instruments.padding.padded import axis_that_fits
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.fast_path import is_one_operation
from shapecheck.capture.recording.replay import refs_above
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Root
from shapecheck.capture.recording.vocabulary import ATTENTIONS, EQUALS
from shapecheck.findings import Fix


@dataclass(frozen=True, slots=True, eq=False)
class _Mask:
    """What a call of a model is told of its padding.

    Args:
        root: The call.
        ref: The mask.
        hidden: Where nothing stands, (batch_size, seq_length) or the other way round.
        time: Its axis of steps.
    """

    root: Root
    ref: Ref
    hidden: Tensor
    time: int


def pooled_without_mask(step: Step) -> Iterator[Sighting]:
    """``model(ids, mask).mean(1)``, where the model hides by the mask what its attention must not see.

    Whoever says by the mask, or by how many steps it leaves, anything but what is attended, may have blanked the
    padding or scale the mean by it: of that nothing is said.
    """
    pools = [node for node in map(step.node, range(step.first, step.last)) if _is_mean_of_steps(step, node)]
    masks: dict[int, list[_Mask]] = {}
    for node in pools:
        above = refs_above(step.tape, node.parents[0], step.first)
        shape = step.tape.shape(node.parents[0])
        for at, root in enumerate(step.roots):
            if node.index < root.first or above.isdisjoint(_made_in(root, node)):
                continue
            if at not in masks:
                masks[at] = list(_masks(step, root))
            for mask in masks[at]:
                if tuple(mask.hidden.shape) != shape[:2] or axis_of(node, 3) != mask.time:
                    continue
                if _is_told_to_attention_alone(step, mask, shape):
                    yield _told(node, mask)
                    return


def _is_mean_of_steps(step: Step, node: Node) -> bool:
    """Whether it averages vectors along one of the first two axes."""
    return node.name == "mean" and len(node.parents) == 1 and len(step.tape.shape(node.parents[0])) == 3


def _made_in(root: Root, node: Node) -> set[Ref]:
    """What stands for the work of a call: what it returned, or what it has made where the node is a part of it."""
    if node.index >= root.last:
        return set(root.outputs)
    return {Ref(index) for index in range(root.first, node.index)}


def _masks(step: Step, root: Root) -> Iterator[_Mask]:
    """Which of the tensors that a model is given, or compares its tokens by, says where the rows of another end."""
    given = dict.fromkeys([*root.inputs, *root.named.values()])
    values = {ref: step.value_of_input(ref) for ref in given if len(step.tape.shape(ref)) in (2, 3)}
    known = {ref: value for ref, value in values.items() if value is not None}
    sources = {ref: value for ref, value in known.items() if not are_truths(value)}
    said = {ref: value for ref, value in known.items() if value.ndim == 2 and ref not in sources}
    for node in map(step.node, range(root.first, root.last)):
        if node.name in EQUALS and len(node.parents) == 1 and node.parents[0] in sources:
            value = step.value_of_input(node.ref)
            said |= {node.ref: value} if value is not None and value.ndim == 2 else {}
    for ref, value in said.items():
        for hidden in (value == 0, value == 1):
            time = axis_that_fits(hidden)
            is_filled = any(_is_filler(source, hidden) for source in sources.values())
            if time is not None and is_filled:
                yield _Mask(root, ref, hidden, time)


def _is_filler(source: Tensor, hidden: Tensor) -> bool:
    """Whether a sequence holds one and the same wherever it is hidden, and that nowhere else."""
    if source.shape[:2] != hidden.shape:
        return False
    rest, kept = source[hidden], source[~hidden]
    same = kept == rest[:1]
    return bool((rest == rest[:1]).all()) and not bool((same if same.ndim == 1 else same.all(1)).any())


def _is_told_to_attention_alone(step: Step, mask: _Mask, shape: tuple[int, ...]) -> bool:
    """Whether attention is told of a mask, and neither what is pooled nor Python is."""
    made, uses = {mask.ref}, []
    steps = shape[mask.time]
    for node in map(step.node, range(mask.root.first, step.last)):
        read = [ref for ref in node.parents if ref in made]
        if not read:
            continue
        if len(read) == len(node.parents):
            made |= set(node.outs)
            continue
        is_of_scores = len(node.shapes[0]) > 2 and node.shapes[0][-1] == steps and node.shapes[0] != shape
        is_attention = node.name in ATTENTIONS or is_one_operation(node)
        if not is_attention and not is_of_scores:
            return False
        uses.append(node)
    return bool(uses) and made.isdisjoint(step.tape.escaped)


def _told(node: Node, mask: _Mask) -> Sighting:
    text = (
        f"{int(mask.hidden.sum())} of {mask.hidden.numel()} positions are padding by the mask that the model is told "
        "of, and hides from its attention; the mean over the steps counts them along with the others, so that the "
        "same sequence gets another mean beside longer ones"
    )
    return sighted("padding_pooled", node, text, (Fix("(h * keep).sum(1) / keep.sum(1)", (), "no"),))


PROBE = Probe(
    "what a model has made of padding is not pooled over",
    lambda look: pooled_without_mask(look.step),
    of_followed=True,
)
