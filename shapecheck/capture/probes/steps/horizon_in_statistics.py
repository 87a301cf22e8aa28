"""Windows that were standardised together with the steps behind them, which are to be told."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.features_axis import followed
from shapecheck.capture.instruments.axes.walked import walker_behind
from shapecheck.capture.instruments.axes.windows import steps_axis
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import span_of, tree_of
from shapecheck.capture.recording.vocabulary import DEVIATIONS, RECURRENT, SAME_NUMBERS
from shapecheck.evidence import Span
from shapecheck.findings import Fix

_FEWEST_ROWS, _FEWEST_STEPS = 8, 4
# A scale is kept from zero by a small number, and outliers are cut off.
_CLOSE, _MOST = 2e-3, 0.9
# How far steps alone are from what is standardised, and how unlike the shapes of several windows are.
_APART, _UNLIKE = 0.02, 0.02


def horizon_in_statistics(step: Step) -> Iterator[Sighting]:
    """Inputs and targets that have a mean of zero and a spread of one together, in each row, and not for themselves.

    No mean of data comes out as zero in one row after the other: it was taken off. What was taken off the input then
    says what the targets add up to. Waves of which each row is a whole number of periods are all alike in their shape,
    and are left alone, and so are the halves of an image: it must be known that they are steps.
    """
    for source in step.inputs:
        for target in [*step.targets, *step.compared]:
            for axis, past, future in _columns(step.value(source), step.value(target)):
                if _are_standardised_together(past, future) and _are_steps(step, source, axis):
                    yield _told(step, source, past.shape[1], future.shape[1])
                    return


def _columns(given: Tensor, asked: Tensor) -> Iterator[tuple[int, Tensor, Tensor]]:
    """One feature of the steps that are given, and the same of those that are asked for, a row for each sample.

    In front of them, the axis along which the steps lie in what is given.
    """
    if not given.is_floating_point() or not asked.is_floating_point() or given.ndim not in (2, 3):
        return
    if not given.shape[0] == asked.shape[:1].numel() >= _FEWEST_ROWS or asked.ndim > 3 or not asked.numel():
        return
    asked = asked.reshape(len(asked), 1) if asked.ndim == 1 else asked
    for axis in range(1, given.ndim):
        past = given.unsqueeze(2) if given.ndim == 2 else given.transpose(1, axis)
        wide = [asked.unsqueeze(2), asked.unsqueeze(1)] if asked.ndim == 2 else [asked, asked.transpose(1, 2)]
        for future in wide if past.shape[1] >= _FEWEST_STEPS else ():
            if future.shape[2] == past.shape[2]:
                yield axis, past[..., 0], future[..., 0]
            elif future.shape[2] == 1:
                yield from ((axis, column, future[..., 0]) for column in past.unbind(2))


def _are_standardised_together(past: Tensor, future: Tensor) -> bool:
    past, future = past.double(), future.double()
    both = torch.cat([past, future], 1)
    known = _is_standardised(both)
    if float(known.double().mean()) < _MOST or bool(_is_standardised(past)[known].any()):
        return False
    is_apart = past.mean(1).abs() > _APART
    shapes = both[known].pow(4).mean(1)
    return float(is_apart.double().mean()) > 0.5 and float(shapes.std() / shapes.mean()) > _UNLIKE


def _are_steps(step: Step, source: Ref, axis: int) -> bool:
    """Whether a layer walks along an axis, or it is cut out of longer series."""
    walker = walker_behind(step, source, axis)
    if (walker is not None and walker.name in RECURRENT) or _is_convolved(step, source, axis):
        return True
    cuts = [node for _, node in backwards(step.tape, source, None) if node.name == "unfold"]
    is_series = len(cuts) == 1 and len(step.tape.shape(cuts[0].parents[0])) <= 2
    return is_series or steps_axis(step.tape, source) == axis


def _is_convolved(step: Step, source: Ref, axis: int) -> bool:
    later = [index for index in step.order if index > source.node]
    held = followed(step.tape, {source: axis}, later)
    convolutions = [node for node in map(step.node, later) if node.name == "conv1d"]
    return any(held.get(ref) == len(step.tape.shape(ref)) - 1 for node in convolutions for ref in node.parents[:1])


def _is_standardised(rows: Tensor) -> Tensor:
    """Which rows have a mean of zero, and a variance of one by either way to reckon it."""
    size, variance = rows.shape[1], rows.var(1, unbiased=False)
    is_one = ((variance - 1).abs() < _CLOSE) | ((variance * size / (size - 1) - 1).abs() < _CLOSE)
    return is_one & (rows.mean(1).abs() < _CLOSE / 2)


def _told(step: Step, source: Ref, given: int, asked: int) -> Sighting:
    text = (
        f"the {given} steps that are given and the {asked} that are asked for have a mean of zero and a spread of one "
        "together, in each row, and neither has so for itself: the mean that was taken off was one of both, so what is "
        "given says what the steps to come add up to"
    )
    fix = Fix("mean and std of the steps that are given alone", (), "no")
    way = [node for _, node in backwards(step.tape, source, SAME_NUMBERS)]
    # What a loader stacked was made elsewhere, item by item.
    made = next((node for node in reversed(way) if node.spot is not None and not node.collated), way[0])
    seen = sighted("horizon_in_statistics", made, text, (fix,))
    return replace(seen, span=_reckoned_at(made) or (seen.span if not made.collated else None) or _called_at(step))


def _reckoned_at(made: Node) -> Span | None:
    """Where the function that made the items asks for their spread, if it does so once."""
    if made.spot is None:
        return None
    file = made.spot.code.co_filename
    around = function_around(made.spot) or tree_of(file)
    calls = [
        item
        for item in (ast.walk(around) if around is not None else ())
        if isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute) and item.func.attr in DEVIATIONS
    ]
    if len(calls) != 1:
        return None
    call = calls[0]
    return span_of(file, call)


def _called_at(step: Step) -> Span | None:
    """Where the model is given them."""
    return next((root.spot.span for root in step.roots if root.spot is not None), None)


PROBE = Probe(
    "no window is standardised together with what is asked for",
    lambda look: horizon_in_statistics(look.step),
)
