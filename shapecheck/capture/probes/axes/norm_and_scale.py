"""Norms with statistics for each entry of one axis, whose scale and shift stand for another one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from torch import Tensor, nn

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.constructors import constructor_of
from shapecheck.capture.instruments.trials.sighting import Sighting, in_constructor, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import span_of
from shapecheck.findings import Fix

_MOVES = frozenset(["transpose", "permute", "movedim", "contiguous", "view", "reshape", "mT"])
_MANY = 16


def norms_and_scales(step: Step) -> Iterator[Sighting]:
    """``norm(x) * scale + shift``, where each entry of one axis of ``norm(x)`` has mean 0 and variance 1 over a batch.

    The two parameters give back what the norm took away: they have a number for whatever has a statistic. A norm of
    each sample for itself is left alone, its scale stands for what it took the statistics over.
    """
    for node in step.of_loss:
        if node.name != "mul" or len(node.parents) != 2:
            continue
        for values, scale in (node.parents, node.parents[::-1]):
            scaled = _long_axis(step, scale, len(node.shapes[0]))
            if scaled is None or step.tape.shape(values) != node.shapes[0] or not _is_shifted(step, node, scale):
                continue
            axes = _standard_axes(step.value(values))
            if len(axes) != 1 or axes[0] in (0, scaled):
                continue
            yield _told(step, node, values, axes[0], scaled)
            return


def _long_axis(step: Step, ref: Ref, ndim: int) -> int | None:
    """The one axis along which a parameter has several numbers, in a tensor with so many axes."""
    sizes = step.tape.shape(ref)
    if step.node(ref.node).kind != "parameter" or ndim < 3 or len(sizes) > ndim:
        return None
    long = [at + ndim - len(sizes) for at, size in enumerate(sizes) if size > 1]
    return long[0] if len(long) == 1 else None


def _is_shifted(step: Step, node: Node, scale: Ref) -> bool:
    """Whether another parameter of the same shape is added to what comes out."""
    made = node.ref
    for other in step.readers(made):
        if other.name == "add":
            return any(
                step.node(ref.node).kind == "parameter" and step.tape.shape(ref) == step.tape.shape(scale)
                for ref in other.parents
                if ref != made
            )
    return False


def _standard_axes(values: Tensor) -> list[int]:
    """The axes of which each entry has mean 0 and variance 1 over all the others."""
    found: list[int] = []
    if values.ndim < 3 or values.shape[0] < 2:
        # Of one sample, statistics of a sample and those of a batch are the same.
        return found
    for axis, size in enumerate(values.shape):
        rest = tuple(at for at in range(values.ndim) if at != axis)
        if size < 2 or values.numel() // size < _MANY or not values.is_floating_point():
            continue
        mean, variance = values.mean(rest), values.var(rest, unbiased=False)
        if bool((mean.abs() < 1e-3).all()) and bool(((variance - 1).abs() < 0.02).all()):
            found.append(axis)
    return found


def _told(step: Step, node: Node, values: Ref, axis: int, scaled: int) -> Sighting:
    shape = node.shapes[0]
    text = (
        f"each of the {shape[axis]} entries of axis {axis} of {shape} has mean 0 and variance 1; scale and shift have "
        f"one number for each of the {shape[scaled]} entries of axis {scaled}, which have statistics of their own still"
    )
    _, made = origin(step.tape, values, _MOVES)
    setting = _setting(made.module, axis, len(shape)) if made.module is not None else None
    call = constructor_of(made) if setting is not None else None
    if call is None or made.spot is None:
        fix = Fix(f"statistics for each entry of axis {scaled}", (), "no")
        return sighted("norm_beside_its_scale", made if made.spot is not None else node, text, (fix,))
    edits = in_constructor(made, f"{setting}={scaled}") if call.args or call.keywords else ()
    fix = Fix(f"{setting}={scaled}", edits, "no")
    seen = sighted("norm_beside_its_scale", made, text, (fix,))
    span = span_of(made.spot.code.co_filename, call, "")
    return replace(seen, span=span)


def _setting(module: nn.Module, axis: int, ndim: int) -> str | None:
    """What a module of the user's calls the axis that it works along, if it was given that."""
    if type(module).__module__.startswith("torch."):
        return None
    own = [name for name, value in vars(module).items() if type(value) is int and value in (axis, axis - ndim)]
    named = [name for name in own if name in ("axis", "dim", "channel_axis", "channel_dim", "feature_axis")]
    return named[0] if len(named) == 1 else None


PROBE = Probe(
    "scale and shift stand for what a norm has statistics of",
    lambda look: norms_and_scales(look.step),
)
