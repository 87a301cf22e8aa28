"""One number for each sample that meets all samples, because another axis happens to be as long as the batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from shapecheck.capture.instruments.drawn_together import drawn_together
from shapecheck.capture.instruments.operand_edits import with_call
from shapecheck.capture.instruments.other_operand import other_operand
from shapecheck.capture.instruments.realigned import ELEMENTWISE
from shapecheck.capture.instruments.separation import Moves, probe, separate_axes
from shapecheck.capture.instruments.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Fix

_MEETS = ELEMENTWISE | {"pow", "minimum", "maximum", "min", "max"}
_LOOKED_AT = 8


def spread_over_others(look: Look) -> Iterator[Sighting]:
    """Weights, masks and temperatures of samples that are spread along features or steps.

    That both operands hold the samples of one batch, and along which axis, is seen by replacing them. A table with a
    row and a column for each sample is left alone: there the samples lie along both axes, or along none.
    """
    step = look.step
    moves = _moves(look) if any(_is_spread(step, step.node(index)) for index in step.order) else []
    for index in step.order if moves else ():
        node = step.node(index)
        if not _is_spread(step, node):
            continue
        shapes = [step.tape.shape(ref) for ref in node.parents]
        short = 0 if node.shapes[0] == shapes[1] else 1
        axes = [_axis(moves, ref) for ref in node.parents]
        own, wanted = axes[short], axes[1 - short]
        if own is None or wanted is None:
            continue
        at = own + len(node.shapes[0]) - len(shapes[short])
        if at == wanted or node.shapes[0][at] != node.shapes[0][wanted]:
            continue
        seen = _told(step, node, short, (at, wanted))
        if seen is not None:
            yield seen


def _is_spread(step: Step, node: Node) -> bool:
    """Whether one of two operands is spread to the shape of the other one."""
    if node.name not in _MEETS or node.spot is None or len(node.parents) != 2 or not node.shapes:
        return False
    one, other = (step.tape.shape(ref) for ref in node.parents)
    short = one if other == node.shapes[0] else other
    return one != other and node.shapes[0] in (one, other) and max(short, default=1) > 1


def _moves(look: Look) -> list[Moves]:
    """What each sample moves, in each of the inputs and targets that hold those of the batch."""
    step = look.step
    known = {way.source: way.moves[0] for way in look.seen if 0 in way.moves}
    found = []
    for ref in drawn_together(step)[:_LOOKED_AT]:
        try:
            found.append(known.get(ref) or probe(step, ref, 0))
        except Exception:
            # What does not run with other numbers says nothing.
            return []
    return found


def _axis(moves: list[Moves], ref: Ref) -> int | None:
    """The one axis of a tensor that holds the samples, for all that it was made of; None where that is not so."""
    # Of a comparison or a mask, some items may move nothing.
    masks = [[mask for mask in one.masks(ref) if bool(mask.any())] for one in moves]
    axes = [separate_axes(seen) for seen in masks if seen]
    return axes[0][0] if axes and len(axes[0]) == 1 and all(each == axes[0] for each in axes) else None


def _told(step: Step, node: Node, short: int, axes: tuple[int, int]) -> Sighting | None:
    ref = node.parents[short]
    shape, out = step.tape.shape(ref), node.shapes[0]
    missing = len(out) - len(shape)
    at, wanted = axes
    call = ".unsqueeze(-1)" * missing if missing else f".transpose({wanted}, {at})"

    def aligned(value: Tensor) -> Tensor:
        return value.reshape(*shape, *[1] * missing) if missing else value.transpose(wanted, at)

    def run(*args: Any, **kwargs: Any) -> Any:
        result = other_operand(node, ref)(aligned(step.value(ref)))(*args, **kwargs)
        if tuple(result.shape) != out:
            raise ValueError("it spreads to another shape")
        return result

    try:
        step.run_with({node.index: run})
    except Exception:
        # It does not fit, so it was not meant.
        return None
    text = (
        f"axis {wanted} of {step.tape.shape(node.parents[1 - short])} holds the samples, and {shape} has one item for "
        f"each of them, by the probe; it is spread so that sample k of it meets item k of axis {at}, of all samples"
    )
    fix = Fix(call[1:], with_call(node, short, call), "call", "each sample keeps to itself")
    return sighted("spread_along_other_axis", node, text, (fix,))


PROBE = Probe(
    "what each sample has one of is not spread along another axis",
    spread_over_others,
    in_evaluation=True,
)
