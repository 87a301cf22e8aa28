"""Data that a model is measured on, scaled by statistics of its own, where it was trained on data scaled by others."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step, has_parameters
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.user_code import Spot, expression_at
from shapecheck.capture.recording.vocabulary import AXES_OF_ONE, CONVERTS, SAME_NUMBERS
from shapecheck.findings import Fix

_PARTS = frozenset(["split", "chunk", "narrow", "tensor_split", "split_with_sizes", "__getitem__"])
_MOVES = CONVERTS | SAME_NUMBERS | _PARTS | {"unfold", "unbind"}
_QUOTIENTS = frozenset(["div", "true_divide"])
_JOINS = frozenset(["cat", "concat", "concatenate", "vstack", "stack", "hstack"])
_LEVELS = frozenset(["mean", "amin", "min"])
_FIT = "fit_transform"


@dataclass(frozen=True, slots=True)
class _Scaled:
    """What was scaled by statistics of its own.

    Args:
        node: The quotient that has scaled it.
        level: What was reckoned of it and taken off.
        data: What was scaled.
        whole: What that was cut out of.
    """

    node: Node
    level: Node
    data: Ref
    whole: Ref


def held_out_scaled_by_itself(step: Step) -> Iterator[Sighting]:
    """``train = scaler.fit_transform(train); valid = scaler.fit_transform(valid)``, of two parts of one series.

    What was scaled once, before the training, and not batch by batch; of several series each may have its own scale,
    also where they were put together and are taken apart again.
    """
    tape = step.tape
    roots = [root for root in tape.roots if has_parameters(root.module)]
    training = [root for root in roots if root.trains and root.last <= step.first]
    begun = min((root.first for root in training), default=0)
    fitted = {_scaled(tape, ref) for root in training for ref in root.inputs[:1]}
    measured = {_scaled(tape, ref) for root in step.roots if has_parameters(root.module) for ref in root.inputs[:1]}
    if len(fitted) != 1 or len(measured) != 1:
        return
    (one,), (other,) = fitted, measured
    if one is None or other is None or other.node.index >= begun or one.node.index >= begun:
        return
    if origin(tape, one.whole, CONVERTS | SAME_NUMBERS - _JOINS)[1].name in _JOINS:
        return
    if one.data != other.data and one.whole == other.whole and one.level.name == other.level.name:
        yield _told(tape, one, other)


def _scaled(tape: Tape, ref: Ref) -> _Scaled | None:
    *_, (_, node) = backwards(tape, ref, _MOVES)
    if node.name not in _QUOTIENTS or len(node.parents) != 2:
        return None
    _, off = origin(tape, node.parents[0], CONVERTS)
    if off.name != "sub" or len(off.parents) != 2:
        return None
    data = origin(tape, off.parents[0], CONVERTS)[0]
    _, level = origin(tape, off.parents[1], CONVERTS | AXES_OF_ONE)
    _, cut = origin(tape, data, CONVERTS)
    if level.name not in _LEVELS or origin(tape, level.parents[0], CONVERTS)[0] != data or cut.name not in _PARTS:
        return None
    ndim = len(tape.shape(data))
    # One item of many may be one subject of several, each with a scale of its own, and so may what a mask picks.
    is_part = ndim == len(tape.shape(cut.parents[0])) and not any(tape.dtype(ref) == torch.bool for ref in cut.parents)
    return _Scaled(node, level, data, cut.parents[0]) if is_part and _is_of_all_rows(level, ndim) else None


def _is_of_all_rows(level: Node, ndim: int) -> bool:
    """Whether it was reckoned over the rows, and not of each of them."""
    axes = level.argument(1, "dim", "axis")
    each = axes if isinstance(axes, tuple | list) else (axes,)
    return axes is None or any(isinstance(axis, int) and axis % ndim == 0 for axis in each)


def _told(tape: Tape, one: _Scaled, other: _Scaled) -> Sighting:
    counts = [tape.shape(each.data)[0] for each in (one, other)]
    text = (
        f"the model was trained on {counts[0]} rows scaled by their own {one.level.name}, and is measured on "
        f"{counts[1]} rows of the same table scaled by theirs: one number of the table is two different ones for it"
    )
    place = _called(one, other)
    call = expression_at(place, ast.Call) if place is not None else None
    func = call.func if isinstance(call, ast.Call) else None
    if place is not None and isinstance(func, ast.Attribute) and func.attr == _FIT:
        better = f"{ast.unparse(func.value)}.transform"
        fix = Fix(better, replaced_text(place.code.co_filename, func, better), "no")
    else:
        fix = Fix(f"the {one.level.name} and the spread of the {counts[0]} rows of the training", (), "no")
    seen = sighted("held_out_scaled_by_itself", other.level, text, (fix,))
    return replace(seen, span=place.span) if place is not None else seen


def _called(one: _Scaled, other: _Scaled) -> Spot | None:
    """Where the user has the data scaled: behind the lines that scale the one like the other."""
    here, there = one.level.spot, other.level.spot
    while here is not None and there is not None and here.place == there.place:
        here, there = here.caller, there.caller
    return there or other.level.spot


PROBE = Probe(
    "held out data is scaled as that of the training was",
    lambda look: held_out_scaled_by_itself(look.step),
    in_evaluation=True,
)
