"""Noise that is as wide as the variance, beside a loss which takes the width for its square root."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.operand_edits import with_call
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Values
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import AXES_OF_ONE, CONVERTS, COPIES, NOISE
from shapecheck.findings import Fix

# What makes one number of one number, and says in another way how wide something is.
_MAKES_WIDTHS = frozenset(
    ["exp", "sqrt", "mul", "div", "softplus", "add", "sub", "clamp", "clamp_min", "clamp_max", "pow", "square", "rsqrt",
     "exp2", "log", "reciprocal", "sigmoid", "neg", "abs", "to"]
)  # fmt: skip
_SPREADS = AXES_OF_ONE | COPIES
# The power of the width of the noise that the loss takes for the variance -> what the width should have been.
_POWERS = {1: ".sqrt()", 4: ".square()", -2: ".reciprocal()"}
_RIGHT = 2
_MOVES = (0.4, -0.3)
_CLOSE, _APART = 5e-3, 5e-2


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """A sample: a mean with noise of a width added to it.

    Args:
        made: The sample.
        mean: What the noise is added to.
        width: What the noise is multiplied by.
        noise: What was drawn.
        scaled: The operation that makes the noise wide.
        at: At which place the width stands there.
    """

    made: Ref
    mean: Ref
    width: Ref
    noise: Ref
    scaled: Node
    at: int


def other_widths(step: Step) -> Iterator[Sighting]:
    """``mean + noise * logvar.exp()`` where a term of the loss takes ``logvar.exp()`` for the variance.

    How a term depends on mean and width, with the sample held, is read off by moving both: it is that of the divergence
    from the standard normal distribution, or of the logarithm of the density, for one width alone.
    """
    for drawn in _samples(step):
        try:
            power = _power_in_loss(step, drawn)
        except (RuntimeError, KeyError):
            # The step does not run with other numbers there.
            continue
        if power is None:
            continue
        text = (
            "with the sample held and its mean and its width moved, a term of the loss moves as the divergence of a "
            f"normal distribution whose variance is the width of the noise to the power of {power}: the samples come "
            "from another distribution than the one that the loss counts"
        )
        what = _POWERS[power]
        fix = Fix(f"the width{what}, or the same width in the loss", with_call(drawn.scaled, drawn.at, what), "no")
        yield sighted("noise_of_other_width", drawn.scaled, text, (fix,))
        return


def _samples(step: Step) -> Iterator[_Drawn]:
    for node in step.of_loss:
        if node.name == "addcmul" and len(node.parents) == 3:
            yield from _of_product(step, node, 1, node.ref, node.parents[0])
        if node.name not in ("mul", "multiply") or len(node.parents) != 2:
            continue
        for reader in step.readers(node):
            others = [parent for parent in reader.parents if parent != node.ref]
            if reader.name in ("add", "sub", "rsub") and len(others) == 1 and not reader.kwargs.get("alpha"):
                yield from _of_product(step, node, 0, reader.ref, others[0])


def _of_product(step: Step, node: Node, first: int, made: Ref, mean: Ref) -> Iterator[_Drawn]:
    factors = node.parents[first : first + 2]
    for at, (noise, width) in enumerate((factors, factors[::-1])):
        _, by = origin(step.tape, noise, CONVERTS, first=step.first)
        shapes = [step.tape.shape(ref) for ref in (noise, width, made, mean)]
        # Several samples of one mean have an axis more than it.
        is_alike = shapes[0] == shapes[2] != () and len({shape[-1:] for shape in shapes}) == 1
        if by.name in NOISE and is_alike and {width, mean} <= step.learned:
            yield _Drawn(made, mean, width, noise, node, 1 - at if not first else 2)


def _power_in_loss(step: Step, drawn: _Drawn) -> int | None:
    """Which power of the width a term takes for the variance, where it is not the square; None if it is, or unknown."""
    base = step.run()
    noise = base[drawn.noise] if drawn.noise in base else step.value(drawn.noise)
    middle = origin(step.tape, drawn.mean, _SPREADS, first=step.first)[0]
    source = origin(step.tape, drawn.width, _MAKES_WIDTHS | _SPREADS, first=step.first, is_alone=True)[0]
    if bool((noise.double().std() - 1).abs() > 0.3) or source == middle:
        return None
    held = {drawn.made: base[drawn.made]}
    runs = [step.changed_together({ref: base[ref] + by, **held}) for ref in (middle, source) for by in _MOVES]
    widths = [run.get(drawn.width, base[drawn.width]).double() for run in runs]
    means = [run.get(drawn.mean, base[drawn.mean]).double() for run in runs]
    if any(bool((width <= 0).any()) for width in [base[drawn.width], *widths]):
        return None
    for term in step.terms:
        if term.ref not in base or not all(term.ref in run for run in runs):
            continue
        moved = torch.stack([(run[term.ref].double() - base[term.ref].double()).sum() for run in runs])
        found = _fitting(moved, drawn, base, means, widths)
        if found is not None:
            return None if found == _RIGHT else found
    return None


def _fitting(moved: Tensor, drawn: _Drawn, base: Values, means: list[Tensor], widths: list[Tensor]) -> int | None:
    mean, width, made = (base[ref].double() for ref in (drawn.mean, drawn.width, drawn.made))

    def divergence(mean: Tensor, variance: Tensor) -> Tensor:
        return (mean.square() + variance - variance.log()).sum()

    def density(mean: Tensor, variance: Tensor) -> Tensor:
        return ((made - mean).square() / variance + variance.log()).sum()

    formulas: tuple[Callable[[Tensor, Tensor], Tensor], ...] = (divergence, density)
    moved_to = list(zip(means, widths, strict=True))
    for formula in formulas:
        off = {}
        for power in (_RIGHT, *_POWERS):
            others = [(one, other.pow(power)) for one, other in moved_to]
            off[power] = _off(moved, formula, (mean, width.pow(power)), others)
        best = min(off, key=lambda power: off[power])
        if off[best] < _CLOSE and all(value > _APART for power, value in off.items() if power != best):
            return best
    return None


def _off(
    moved: Tensor, formula: Callable[[Tensor, Tensor], Tensor], base: tuple[Tensor, Tensor],
    others: list[tuple[Tensor, Tensor]],
) -> float:  # fmt: skip
    """How far what moved is from what a formula says, but for one factor."""
    told = torch.stack([formula(*other) - formula(*base) for other in others])
    factor = (moved @ told) / (told @ told)
    return float((moved - factor * told).norm() / moved.norm()) if bool(moved.norm() > 0) else 1.0


PROBE = Probe(
    "noise is as wide as the loss takes it to be",
    lambda look: other_widths(look.step),
)
