"""Errors that are averaged over a batch, beside a divergence that is summed up over it: the batch says what weighs."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.drawn_samples import Drawn, drawn_samples
from shapecheck.capture.instruments.trials.gaussian_fit import fitted, terms_of
from shapecheck.capture.instruments.trials.sighting import Sighting, in_call, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.step import REDUCING, Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import CONVERTS
from shapecheck.findings import Fix

_NEARLY = 1e-3


def averaged_beside_summed(look: Look) -> Iterator[Sighting]:
    """``F.mse_loss(decoded, x) + kl.sum()``: in a batch twice as large the divergence weighs twice as much.

    Told where the divergence counts each number of the whole batch once; weights that are drawn have no samples.
    Whoever gives it a weight has chosen that for the batch that there is, and one that is averaged over the samples, or
    over all, is weighed by how many features there are.
    """
    step = look.step
    if look.before is not None:
        return
    for drawn in drawn_samples(step):
        if step.node(drawn.mean.node).kind == "parameter":
            continue
        count = prod(step.tape.shape(drawn.mean))
        rows = step.tape.shape(drawn.mean)[0]
        for term in terms_of(step, drawn) if 1 < rows < count else ():
            averaged = _beside(step, term, rows)
            if averaged is None or not _is_summed(step, drawn, term, count):
                continue
            text = (
                f"the divergence is the sum over all {count} numbers of the batch, and {averaged.name} beside it is an "
                f"average over {step.tape.shape(averaged.parents[0])}: the divergence weighs more in a larger batch, "
                "and far more than what is to be rebuilt"
            )
            fix = Fix('reduction="sum"', in_call(averaged, 'reduction="sum"'), "no")
            yield sighted("averaged_beside_summed", averaged, text, (fix,) if averaged.name != "mean" else ())
            return


def _is_summed(step: Step, drawn: Drawn, term: Node, count: int) -> bool:
    """Whether a term is the divergence from the standard normal distribution, with each number counted once."""
    fit = fitted(step, drawn, term)
    is_one = fit is not None and fit.exponent == 2.0 and abs(fit.square - 1) + abs(fit.logarithm + 2) < _NEARLY
    return fit is not None and is_one and abs(2 * fit.power / count - 1) < _NEARLY


def _beside(step: Step, term: Node, rows: int) -> Node | None:
    """An average over samples that a term is added to as it is."""
    readers = step.readers(term, to_loss=True)
    if len(readers) != 1 or readers[0].name != "add" or len(readers[0].parents) != 2 or readers[0].kwargs:
        return None
    other = next(ref for ref in readers[0].parents if ref != term.ref)
    made = origin(step.tape, other, CONVERTS)[1]
    is_mean = made.name == "mean" or (made.name in REDUCING and made.kwargs.get("reduction", "mean") == "mean")
    is_whole = (
        is_mean and made.shapes[:1] == ((),) and bool(made.parents) and len(made.args) <= 1 + (made.name != "mean")
    )
    return made if is_whole and step.tape.shape(made.parents[0])[:1] == (rows,) else None


PROBE = Probe(
    "a divergence is summed up or averaged as the errors beside it are",
    averaged_beside_summed,
)
