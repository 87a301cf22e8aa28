"""nn.PoissonNLLLoss: the expected count, or its logarithm, against the count that occurred."""

from __future__ import annotations

from shapecheck.contract import Call
from shapecheck.contracts import _formula as formulas
from shapecheck.contracts import _losses as losses
from shapecheck.contracts._arithmetic import COMPLEX, ImpossibleError, Value, of

_PAIRED = (
    "the loss takes each expected count with the count at the same place of the target, so both have the same shape; "
    "torch spreads axes of size 1, and here not even that makes them fit"
)


def _formula(call: Call) -> Value:
    rate, count = of(call.inputs["input"]), of(call.inputs["target"])
    if call.config.get("log_input", True):
        loss = rate.with_number().minus(count.plus(rate))
    else:
        loss = rate.minus(count.plus(rate.with_number()))
    if call.config.get("full") and count.dtype in COMPLEX:
        raise ImpossibleError("dtype", f"torch does not order numbers of {count.dtype}")
    if call.config.get("full"):
        # Stirling's term for the factorial of the count is added in place.
        count.plus(count.with_number()).minus(count)
    return loss.reduced(losses.reduction_of(call))


CONTRACT = formulas.contract(
    "PoissonNLLLoss",
    "poisson_nll_loss",
    _formula,
    roles=("input", "target"),
    about="The expected count (its logarithm, unless log_input=False) against the count, of the same shape.",
    forms=losses.forms(
        "",
        {"input": "...", "target": "..."},
        "...",
        spreads=("target",),
        meanings={"input": "the logarithm of the expected count", "target": "the count that occurred"},
    ),
    spread=(("input", "target"),),
    reads=("log_input", "full"),
    reductions=formulas.REDUCTIONS,
    first_rules=(losses.spreads_rule("target", into="input", reason=_PAIRED),),
)
