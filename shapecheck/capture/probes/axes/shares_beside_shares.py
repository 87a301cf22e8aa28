"""A cross entropy by hand between shares of one along one axis, and logarithms of shares of one along another."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.trials.alternatives import axis_of, with_axis
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, SOFTMAXES
from shapecheck.findings import Fix

_GUARDS = frozenset(["add", "clamp", "clamp_min", "neg"])
_SCALES = frozenset(["div", "mul", "masked_fill"])
_NEAR = 1e-4


def shares_beside_shares(step: Step) -> Iterator[Sighting]:
    """``(wanted * scores.log_softmax(dim=0)).sum(dim=1)``, where what is wanted adds up to one along axis 1.

    Both are to be shares among the same classes. What is wanted must hold still, or be made of the very same scores:
    learned weights along the one axis may well add up what is said along the other.
    """
    for node in step.all_of_loss:
        if node.name not in ("mul", "kl_div") or len(node.parents) != 2 or not node.shapes:
            continue
        for ref, other in (node.parents, node.parents[::-1]) if node.name == "mul" else (node.parents,):
            made = _logarithms(step, ref)
            shape = step.tape.shape(ref)
            if made is None or made.spot is None or len(shape) < 2 or step.tape.shape(other) != shape:
                continue
            along = axis_of(made, len(shape))
            axis = _shared_out(step.known(other), along, is_logarithm=bool(node.kwargs.get("log_target")))
            if along is None or axis is None or not _holds_still(step, other, made):
                continue
            seen = _told(step, made, _maker(step, other), (along, axis), _summed(step, node))
            if seen is not None:
                yield seen
            return


def _told(
    step: Step, made: Node, beside: Node | None, axes: tuple[int, int], summed: tuple[int, ...] | None
) -> Sighting | None:
    """Which of the two runs along another axis than it was to: what is added up has the classes, axis 0 the samples."""
    (along, axis), shape = axes, made.shapes[0]
    if summed is None or (summed and summed != (axis,) and (summed != (along,) or beside is None)):
        return None
    text = (
        f"{made.name} runs along axis {along} of {shape}, and what comes out is weighed by shares that add up to one "
        f"along axis {axis}: each is to be a distribution over the classes, and one of them is none"
    )
    fixes = [(made, _fix(step, made, axis))]
    if beside is not None and summed != (axis,):
        fixes.append((beside, _fix(step, beside, along)))
        if summed == (along,) or axis == 0:
            fixes.reverse()
    kept = fixes[:1] if summed else fixes
    return sighted("normalised_beside_classes", kept[0][0], text, tuple(fix for _, fix in kept))


def _fix(step: Step, node: Node, axis: int) -> Fix:
    verified = tried(step, {node.index: with_axis(node, axis)}) if node.index in step.order else "no"
    return Fix(f"dim={axis} of {node.name}", other_axis(node, axis), verified)


def _maker(step: Step, ref: Ref) -> Node | None:
    """The softmax that some shares come from, if that is what they come from."""
    _, node = origin(step.tape, ref, CONVERTS, first=step.first)
    return node if node.name in SOFTMAXES and node.spot is not None else None


def _logarithms(step: Step, ref: Ref) -> Node | None:
    """The softmax of which some numbers are the logarithms."""
    _, node = origin(step.tape, ref, CONVERTS | {"neg"}, first=step.first)
    if node.name == "log" and node.parents:
        _, node = origin(step.tape, node.parents[0], CONVERTS | _GUARDS, first=step.first)
        return node if node.name == "softmax" else None
    return node if node.name == "log_softmax" else None


def _shared_out(value: Tensor | None, along: int | None, *, is_logarithm: bool) -> int | None:
    """The one axis along which all numbers add up to one, if they do not along the one that is told."""
    if value is None or not value.is_floating_point() or along is None or not bool(value.isfinite().all()):
        return None
    value = value.double().exp() if is_logarithm else value.double()
    if bool((value < 0).any()) or bool((value == value.round()).all()):
        return None
    axes = [
        axis for axis, size in enumerate(value.shape) if size > 1 and bool(((value.sum(axis) - 1).abs() < _NEAR).all())
    ]
    return axes[0] if len(axes) == 1 and axes[0] != along and value.shape[along] > 1 else None


def _holds_still(step: Step, ref: Ref, made: Node) -> bool:
    """Whether no gradient goes through some shares, or they are those of the very scores of the logarithms."""
    way = [node for _, node in backwards(step.tape, ref, None, first=step.first)]
    if ref not in step.learned or any(not node.graded or node.name in ("detach", "data") for node in way):
        return True
    _, own = origin(step.tape, ref, CONVERTS, first=step.first)
    if own.name not in SOFTMAXES:
        return False
    scores = [origin(step.tape, one.parents[0], CONVERTS | _SCALES, first=step.first)[0] for one in (own, made)]
    return scores[0] == scores[1]


def _summed(step: Step, node: Node) -> tuple[int, ...] | None:
    """Along which axes the products are added up next: none if along all of them, None if that is not what comes."""
    if node.name == "kl_div":
        return ()
    ref = node.ref
    while True:
        readers = step.readers(ref, to_loss=True)
        if len(readers) != 1:
            return None
        if readers[0].name in ("sum", "mean"):
            return reduced_axes(step, readers[0])
        if readers[0].name != "neg":
            return None
        ref = readers[0].ref


PROBE = Probe(
    "both sides of a cross entropy by hand are shares among the same classes",
    lambda look: shares_beside_shares(look.step),
    turn=Turn.LAST,
)
