"""Targets of probabilities that add up to one along another axis than the one that the loss normalises along."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.trials.edits import as_primary
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, replaced_call, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.findings import Edit, Fix

# Probabilities of half precision are rounded one by one.
_NEAR, _NEAR_IN_HALVES = 1e-4, 5e-2


def soft_targets_along_other_axis(step: Step) -> Iterator[Sighting]:
    """Targets of the shape of the scores, each a share out of one along an axis behind the one that the loss takes.

    Cross entropy of such a shape checks nothing, and takes axis 1 whatever it holds. Only sums that the one axis has
    and the other has not are evidence: a target may be zero as a whole where it does not count. Zeros and ones are no
    shares: of those along axis 1 there may be several that are all right, such as the documents of one query.
    """
    for node in step.nodes:
        if node.name != "cross_entropy" or len(node.parents) < 2 or node.spot is None:
            continue
        scores, target = node.parents[:2]
        shape = step.tape.shape(scores)
        if len(shape) < 3 or shape != step.tape.shape(target) or scores not in step.learned:
            continue
        axis = _shared_out(step.value(target))
        if axis is None:
            continue
        text = (
            f"the targets {shape} add up to 1 along axis {axis}, for every position, and not along axis 1: each is "
            f"shared out among the {shape[axis]} of axis {axis}. cross_entropy takes the {shape[1]} of axis 1 for the "
            "classes, and nothing in the shapes speaks against it"
        )
        title = f"the classes of both on axis 1: .movedim({axis}, 1)"
        yield sighted("soft_targets_along_other_axis", node, text, (Fix(title, _moved(node, axis), "no"),))


def _shared_out(target: Tensor) -> int | None:
    """The one axis behind axis 1 along which all that counts adds up to one, if axis 1 is none."""
    if not target.is_floating_point() or not bool((target >= 0).all()) or _share_of_ones(target, 1) is not None:
        return None
    if bool((target == target.round()).all()):
        return None
    shares = {axis: _share_of_ones(target, axis) for axis in range(2, target.ndim) if target.shape[axis] > 1}
    found = [axis for axis, share in shares.items() if share is not None and share > 0.5]
    return found[0] if len(found) == 1 else None


def _share_of_ones(target: Tensor, axis: int) -> float | None:
    """How many of the sums along an axis are one, where all others are zero; None where some are neither."""
    sums = target.to(torch.float64).sum(axis)
    near = _NEAR if target.dtype in (torch.float32, torch.float64) else _NEAR_IN_HALVES
    is_one = (sums - 1).abs() <= near
    return float(is_one.double().mean()) if bool((is_one | (sums == 0)).all()) else None


def _moved(node: Node, axis: int) -> tuple[Edit, ...]:
    call = call_at(node)
    if call is None or len(call.args) < 2 or any(isinstance(given, ast.Starred) for given in call.args):
        return ()
    given = [f"{as_primary(item)}.movedim({axis}, 1)" for item in call.args[:2]]
    given += [*map(ast.unparse, call.args[2:]), *map(ast.unparse, call.keywords)]
    return replaced_call(node, f"{ast.unparse(call.func)}({', '.join(given)})")


PROBE = Probe(
    "targets of probabilities add up to one along the axis that the loss takes for the classes",
    lambda look: soft_targets_along_other_axis(look.step),
    turn=Turn.FIRST,
)
