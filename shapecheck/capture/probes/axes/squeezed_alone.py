"""A last batch of one sample, of which a squeeze takes the axis: asked by putting that sample into an earlier batch."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.squeezes import alike, axes_meant, names_no_axis, with_axes
from shapecheck.capture.instruments.trials.separation import difference
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Values, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Root
from shapecheck.findings import Fix

# Sums of another batch are added up in another order.
_RELATIVE = 1e-3


def squeezed_alone(step: Step) -> Iterator[Sighting]:
    """A sample that comes to one prediction beside others and beside itself, and to another one alone.

    Samples that look at each other come to another one beside others than beside itself, and are left alone; so is a
    squeeze of an axis which nothing runs along.
    """
    for at, root in enumerate(step.roots):
        node = _squeeze(step, root) if not root.training and root.outputs else None
        if node is None:
            continue
        for full in step.roots[:at]:
            given = _rows_of(step, root, full)
            results = _results(step, root, full, given) if given else None
            if results is None:
                continue
            alone, beside_others, beside_itself = results
            if _are_same(beside_others, beside_itself) and not _are_same(alone, beside_others):
                yield _told(step, node, alone, beside_others)
                return
            break


def _squeeze(step: Step, root: Root) -> Node | None:
    """What takes the first axis of one sample in a call, and leaves it to several."""
    for node in map(step.node, range(root.first, root.last)):
        if not names_no_axis(node) or not node.parents or node.spot is None:
            continue
        own, shapes = step.tape.shape(node.parents[0]), _shapes(step, node)
        is_whole = all(len(shape) == len(own) for shape in shapes)
        if own[:1] == (1,) and max(own) > 1 and is_whole and max(shape[0] for shape in shapes) > 1:
            return node
    return None


def _shapes(step: Step, node: Node) -> list[tuple[int, ...]]:
    return [step.tape.shape(other.parents[0]) for other in alike(step, node)]


def _rows_of(step: Step, root: Root, full: Root) -> dict[Ref, Ref]:
    """An input of an earlier call at the same place, with several samples -> that of the call with one; or nothing."""
    one, other = root.spot, full.spot
    if root.module is not full.module or one is None or other is None or full.training or not full.outputs:
        return {}
    if one.code is not other.code or one.instruction != other.instruction or [*root.named] != [*full.named]:
        return {}
    pairs = [*zip((*full.inputs, *full.named.values()), (*root.inputs, *root.named.values()), strict=False)]
    shapes = [(step.tape.shape(many), step.tape.shape(single)) for many, single in pairs]
    size = step.tape.shape(full.outputs[0])[:1]
    is_alike = all(many[:1] == size and single == (1, *many[1:]) for many, single in shapes)
    return dict(pairs) if is_alike and size > (1,) and len(root.inputs) == len(full.inputs) else {}


def _results(step: Step, root: Root, full: Root, given: dict[Ref, Ref]) -> tuple[Tensor, Tensor, Tensor] | None:
    """What a sample comes to alone, as the last one beside others, and beside itself; None where that does not run."""
    values = {ref: step.value_of_input(ref) for pair in given.items() for ref in pair}
    held = {ref: value for ref, value in values.items() if value is not None}
    if len(held) < len(values):
        return None
    others = {many: torch.cat([held[many][:-1], held[single]]) for many, single in given.items()}
    copies = {many: held[single].expand_as(held[many]).contiguous() for many, single in given.items()}
    alone = _run(step, root, {single: held[single] for single in given.values()})
    runs = [_run(step, full, others), _run(step, full, copies)]
    if alone is None or any(run is None or run.shape != step.tape.shape(full.outputs[0]) for run in runs):
        return None
    return alone, runs[0][-1], runs[1][-1]  # type: ignore[index]


def _run(step: Step, root: Root, values: Values) -> Tensor | None:
    order = [index for index in range(root.first, root.last) if step.node(index).function is not None]
    try:
        return replay(step.tape, order, values).get(root.outputs[0])
    except Exception:
        return None


def _are_same(one: Tensor, other: Tensor) -> bool:
    """Whether two predictions hold the same numbers, in whatever shape."""
    one, other = one.reshape(-1), other.reshape(-1)
    return one.numel() == other.numel() and not bool(difference(one, other, _RELATIVE).any())


def _told(step: Step, node: Node, alone: Tensor, beside: Tensor) -> Sighting:
    shapes = [*_shapes(step, node), step.tape.shape(node.parents[0])]
    what = (
        f"{tuple(alone.shape)} comes out of the model, and {tuple(beside.shape)} for each of several"
        if alone.numel() != beside.numel()
        else "other numbers come out of the model than for the same sample in an earlier batch"
    )
    text = (
        f"in evaluation {max(shapes)} is squeezed here, and then {shapes[-1]}: one sample alone loses its axis along "
        f"with the others, and what comes behind runs along another axis. {what[0].upper()}{what[1:]}"
    )
    return sighted("squeezed_by_chance", node, text, (Fix(*with_axes(node, axes_meant(shapes)), "no"),))


PROBE = Probe(
    "a sample alone comes to the same prediction as beside others",
    lambda look: squeezed_alone(look.step),
    of_followed=True,
)
