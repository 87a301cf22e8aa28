"""Which function of the mean and the deviation of a normal distribution a term of a loss is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.drawn_samples import Drawn
from shapecheck.capture.recording.replay import Values, ancestors, descendants, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref

# Means and raw deviations that are put in for all items at once; none is the opposite of another.
_MEANS = (0.0, 0.9, -0.4, 1.7, -1.3)
_RAWS = (-1.1, -0.3, 0.2, 0.8, 1.4)
_POWERS = (2.0, 1.0, 4.0)
_EXACT, _MOST = 1e-3, 8


@dataclass(frozen=True, slots=True)
class Fit:
    """``constant + linear * m + square * m^2 + power * s^exponent + logarithm * ln(s)``, each divided by ``power``.

    Where the noise is multiplied by what comes as it is, that is put in the place of ``ln(s)``.
    """

    exponent: float
    power: float
    constant: float
    linear: float
    square: float
    logarithm: float


def terms_of(step: Step, drawn: Drawn) -> Iterator[Node]:
    """The single numbers that are made of mean and deviation, and not of the sample; the nearest to the loss first."""
    order = sorted(step.to_loss)
    behind_sample = {*descendants(step.tape, {drawn.node.ref}, order), drawn.node.index}
    of_mean = {*descendants(step.tape, {drawn.mean}, order)}
    of_raw = {*descendants(step.tape, {drawn.raw}, order)}
    found = sorted((of_mean & of_raw) - behind_sample, reverse=True)
    single = [step.node(index) for index in found if step.node(index).shapes in (((),), ((1,),))]
    yield from single[:_MOST]


def fitted(step: Step, drawn: Drawn, term: Node) -> Fit | None:
    """The function that a term is of mean and deviation; None if it is of no such form."""
    points = _points(step, drawn, term)
    if points is None:
        return None
    m, s, t = points
    is_raw = drawn.raw == drawn.deviation
    for exponent in _POWERS:
        columns = [
            torch.ones_like(m),
            m,
            m**2,
            (exponent * s).exp() if is_raw else s**exponent,
            s if is_raw else s.log(),
        ]
        matrix = torch.stack(columns, 1)
        found = torch.linalg.lstsq(matrix, t[:, None]).solution[:, 0]
        spread = (t - t.mean()).abs().max()
        power = float(found[3])
        if spread > 0 and (matrix @ found - t).abs().max() < _EXACT * spread and abs(power) > _EXACT * float(spread):
            constant, linear, square, _, logarithm = (float(one) / power for one in found)
            return Fit(exponent, power, constant, linear, square, logarithm)
    return None


def _points(step: Step, drawn: Drawn, term: Node) -> tuple[Tensor, Tensor, Tensor] | None:
    tape = step.tape
    order = ancestors(tape, [term.ref, drawn.deviation], step.first)
    base = replay(tape, order)
    behind = descendants(tape, {drawn.mean, drawn.raw}, order)
    rows: list[Sequence[float]] = []
    for mean in _MEANS:
        for raw in _RAWS:
            value = {
                drawn.mean: torch.full_like(_value(step, base, drawn.mean), mean),
                drawn.raw: torch.full_like(_value(step, base, drawn.raw), raw),
            }
            after = replay(tape, behind, value, None, base)
            deviation = (after | value)[drawn.deviation].double()
            rows.append((mean, float(deviation.mean()), float(after[term.ref])))
            if (drawn.raw != drawn.deviation and not bool((deviation > 0).all())) or float(deviation.std()) > _EXACT:
                return None
    m, s, t = torch.tensor(rows, dtype=torch.float64).T
    return (m, s, t) if bool(torch.isfinite(t).all()) else None


def _value(step: Step, base: Values, ref: Ref) -> Tensor:
    return base[ref] if ref in base else step.value(ref)
