"""The divergence of a normal distribution from the standard one, written out: its formula, held against what it is."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator

import torch

from shapecheck.capture.instruments.tensors.drawn_samples import Drawn, drawn_samples
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.gaussian_fit import Fit, fitted, terms_of
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors, descendants, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import expression_at
from shapecheck.findings import Edit, Fix

_NEARLY = 0.01
_MORE = (1.0, 30.0, 1000.0)
_SQUARED = 2.0
# How often the logarithm counts where that of the variance is taken for that of the deviation, or the other way round.
# With any other number it may be the prior that is narrower, or the entropy that is weighed.
_OTHER_LOGARITHMS = (-1.0, -4.0)
_NAMES = {1.0: "the deviation itself", 4.0: "the square of the variance"}


def divergence_of_normal(step: Step) -> Iterator[Sighting]:
    """``1 + 2 * logstd - mean ** 2 - std``: a divergence takes the variance, the square of what the noise is scaled by.

    What the mean is added to, and what the noise is multiplied by, is known from the sample that is drawn of them. A
    term is meant to be their divergence if it weighs the square of the mean, a power of the deviation and its logarithm
    as one. Whatever the prior, the square of the mean and the variance have the same weight, and the logarithm another
    sign. One that is the divergence of another width than that of the noise is none of this: there it may be the noise.
    """
    found = list(drawn_samples(step))
    for drawn in found:
        for term in terms_of(step, drawn):
            fit = fitted(step, drawn, term)
            if fit is None:
                continue
            if drawn.raw == drawn.deviation:
                if _is(fit.square, 1.0) and _is(fit.linear, 0.0) and _is(fit.logarithm, -fit.exponent):
                    yield _without_exponential(drawn, fit, _place(step, drawn, term))
                    return
                break
            text = _wrong(step, fit, term, is_only=len(found) == 1)
            if text:
                yield _told(step, drawn, term, fit, text)
                return
            break


def _wrong(step: Step, fit: Fit, term: Node, *, is_only: bool) -> str:
    """What is wrong with a formula; empty if nothing is, or if it may be another formula altogether."""
    if not _is(fit.square, 1.0) or not _is(fit.linear, 0.0):
        return ""
    written = f"{fit.logarithm:.3g} ln(s) + s^{fit.exponent:g} + m^2"
    if fit.exponent != _SQUARED and _is(fit.logarithm, -_SQUARED):
        least = (_SQUARED / fit.exponent) ** (1 / fit.exponent)
        return (
            f"of the mean m and of the deviation s that the sample is drawn with, this term is {written}, and a "
            f"divergence from the standard normal distribution is -2 ln(s) + s^2 + m^2: it takes "
            f"{_NAMES[fit.exponent]} for the variance, and is least at a deviation of {least:.3g}, not of 1"
        )
    if (
        fit.exponent == _SQUARED
        and any(_is(fit.logarithm, one) for one in _OTHER_LOGARITHMS)
        and _is(fit.constant, -1.0)
    ):
        return (
            f"of the mean m and of the deviation s that the sample is drawn with, this term is {written} - 1, and a "
            f"divergence from the standard normal distribution is -2 ln(s) + s^2 + m^2 - 1: it is least at a deviation "
            f"of {(-fit.logarithm / 2) ** 0.5:.3g}, not of 1"
        )
    is_right = fit.exponent == _SQUARED and _is(fit.logarithm, -_SQUARED)
    if is_right and _is(fit.constant, -1.0) and is_only and _is_taken_off(step, term, fit):
        # One that is taken off beside one that is added plays against it, as an encoder against a decoder.
        return (
            "this term is the divergence from the standard normal distribution, and it is taken off the loss: what "
            "lowers the loss draws mean and deviation away from 0 and 1, without a bound"
        )
    return ""


def _without_exponential(drawn: Drawn, fit: Fit, place: Node) -> Sighting:
    line = place.spot.line if place.spot is not None else 0
    text = (
        f"the noise of the sample is multiplied by r as it comes, which may be below zero, and the term of line {line} "
        f"takes the same r for the logarithm of the {'variance' if fit.exponent == 1 else 'deviation'}"
    )
    node, factor = drawn.product, f"{fit.exponent / 2:g} * " if fit.exponent != _SQUARED else ""
    product = expression_at(node.spot, ast.BinOp) if node.spot is not None else None
    fix = Fix(f"exp({factor}r)", (), "no")
    if node.spot is not None and isinstance(product, ast.BinOp):
        part = product.left if node.args[0] == drawn.deviation else product.right
        if isinstance(part, ast.Name | ast.Attribute | ast.Call):
            new = f"({factor}{ast.unparse(part)}).exp()"
            fix = Fix(new, replaced_text(node.spot.code.co_filename, part, new), "no")
    return sighted("divergence_of_normal", node, text, (fix,))


def _is(value: float, expected: float) -> bool:
    return abs(value - expected) < _NEARLY


def _is_taken_off(step: Step, term: Node, fit: Fit) -> bool:
    """Whether the loss falls with a term, however large that is: none that is to stay near a bound is meant.

    A loss that is to rise, for its optimizer or because its gradient is told to begin with minus one, is another thing.
    """
    if step.loss in step.tape.weighed or step.tape.is_to_rise:
        return False
    order = ancestors(step.tape, [step.loss], step.first)
    base = replay(step.tape, order)
    behind = descendants(step.tape, {term.ref}, order)
    falls = []
    for more in _MORE if behind else ():
        value = base[term.ref] + math.copysign(more, fit.power)
        after = replay(step.tape, behind, {term.ref: value}, None, base)
        falls.append(float(base[step.loss] - after[step.loss]) / more)
    return bool(falls) and min(falls) > 0 and max(falls) - min(falls) < _NEARLY * max(falls)


def _told(step: Step, drawn: Drawn, term: Node, fit: Fit, text: str) -> Sighting:
    place = _place(step, drawn, term)
    fix = Fix("torch.distributions.kl_divergence(Normal(m, s), Normal(0, 1))", (), "no")
    if fit.exponent == 1.0:
        place, title, edits = _squared(step, drawn, ancestors(step.tape, [term.ref], step.first), place)
        fix = Fix(title, edits, "no")
    return sighted("divergence_of_normal", place, text, (fix,))


def _place(step: Step, drawn: Drawn, term: Node) -> Node:
    """Where mean and deviation meet first."""
    order = ancestors(step.tape, [term.ref], step.first)
    of_raw = {*descendants(step.tape, {drawn.raw}, order)}
    both = (step.node(at) for at in descendants(step.tape, {drawn.mean}, order) if at in of_raw)
    return next(both, term)


def _squared(step: Step, drawn: Drawn, order: list[int], place: Node) -> tuple[Node, str, tuple[Edit, ...]]:
    """The square of the deviation, where the term adds it up or takes it off."""
    values = replay(step.tape, ancestors(step.tape, [*(Ref(index) for index in order), drawn.deviation], step.first))
    deviation = values[drawn.deviation]
    for index in order:
        node = step.node(index)
        sum_of = expression_at(node.spot, ast.BinOp) if node.spot is not None else None
        if node.name not in ("add", "sub") or not isinstance(sum_of, ast.BinOp) or len(node.args) != 2:
            continue
        for ref, part in zip(node.args, (sum_of.left, sum_of.right), strict=True):
            value = values.get(ref) if isinstance(ref, Ref) else None
            if value is None or value.shape != deviation.shape or not torch.allclose(value, deviation):
                continue
            simple = isinstance(part, ast.Name | ast.Attribute | ast.Call)
            new = f"{ast.unparse(part)} ** 2" if simple else f"({ast.unparse(part)}) ** 2"
            assert node.spot is not None
            return node, new, replaced_text(node.spot.code.co_filename, part, new) if simple else ()
    return place, "the square of the deviation", ()


PROBE = Probe(
    "the divergence of a normal distribution is what its formula says",
    lambda look: divergence_of_normal(look.step),
)
