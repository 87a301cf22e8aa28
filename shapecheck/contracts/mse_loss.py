"""nn.MSELoss: the squared differences between prediction and target."""

from __future__ import annotations

from shapecheck.contract import Call
from shapecheck.contracts import _regression as regression
from shapecheck.contracts._arithmetic import ImpossibleError, Value, is_float
from shapecheck.contracts._losses import reduction_of


def _formula(call: Call) -> Value:
    if "weight" in call.inputs:
        return regression.weighted(call, regression.difference(call))
    squares = regression.together(call)
    if not is_float(squares.dtype):
        raise ImpossibleError("dtype", f"torch squares no differences of {squares.dtype}")
    return squares.reduced(reduction_of(call))


CONTRACT = regression.contract(
    "MSELoss",
    "mse_loss",
    _formula,
    reads=(),
    about="The mean of the squared differences: prediction and target have the very same shape.",
)
