"""nn.SmoothL1Loss: squared differences near the target, absolute ones far from it."""

from __future__ import annotations

from shapecheck.contract import Call, Rule
from shapecheck.contracts import _regression as regression
from shapecheck.contracts._arithmetic import ImpossibleError, Value, is_float
from shapecheck.contracts._losses import reduction_of
from shapecheck.contracts.l1_loss import absolute
from shapecheck.findings import Violation


def _beta(call: Call) -> float:
    beta = call.config.get("beta", 1.0)
    return beta if isinstance(beta, (int, float)) else 1.0


def _formula(call: Call) -> Value:
    if _beta(call) == 0:
        return absolute(call).reduced(reduction_of(call))
    errors = regression.together(call)
    if not is_float(errors.dtype):
        raise ImpossibleError("dtype", f"torch smooths no differences of {errors.dtype}")
    return errors.reduced(reduction_of(call))


def _negative_beta(call: Call) -> Violation | None:
    if _beta(call) >= 0:
        return None
    return Violation("value", "beta", expected_text="beta of at least 0", got_text=f"{_beta(call)}")


CONTRACT = regression.contract(
    "SmoothL1Loss",
    "smooth_l1_loss",
    _formula,
    reads=("beta",),
    rules=(
        Rule("a beta of at least 0", _negative_beta, reason="beta is the error at which the square becomes a line"),
    ),
    about="Squares of small differences, absolute values of large ones: both tensors have the very same shape.",
    is_weighted=False,
)
