"""A loss written by hand from two tensors, such as ``((p - y) ** 2).mean()``: torch broadcasts without a word."""

from __future__ import annotations

from dataclasses import replace

from shapecheck.contract import Call
from shapecheck.contracts import _regression as regression
from shapecheck.contracts._arithmetic import Value, of
from shapecheck.contracts._losses import reduction_of


def _formula(call: Call) -> Value:
    return of(call.inputs["input"]).minus(of(call.inputs["target"])).with_number().reduced(reduction_of(call))


CONTRACT = replace(
    regression.contract(
        "hand-written loss",
        "mse_loss",
        _formula,
        reads=(),
        about="The numbers of the prediction minus those of the target: both have the very same shape.",
        is_weighted=False,
    ),
    types=("shapecheck.losses.hand_written",),
    source="",
)
