"""nn.L1Loss: the absolute differences between prediction and target."""

from __future__ import annotations

from shapecheck.contract import Call
from shapecheck.contracts import _regression as regression
from shapecheck.contracts._arithmetic import REAL_PARTS, Value
from shapecheck.contracts._losses import reduction_of


def absolute(call: Call) -> Value:
    """The absolute differences; those of complex numbers are real."""
    errors = regression.difference(call)
    return Value(errors.shape, REAL_PARTS.get(errors.dtype, errors.dtype))


def _formula(call: Call) -> Value:
    errors = absolute(call)
    return regression.weighted(call, errors) if "weight" in call.inputs else errors.reduced(reduction_of(call))


CONTRACT = regression.contract(
    "L1Loss",
    "l1_loss",
    _formula,
    reads=(),
    about="The mean of the absolute differences: prediction and target have the very same shape.",
)
