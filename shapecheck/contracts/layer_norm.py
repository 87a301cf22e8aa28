"""nn.LayerNorm: normalises the last axes of each sample by themselves."""

from __future__ import annotations

from shapecheck.contract import Call, Contract, Form, Rule
from shapecheck.contracts._plain import NORM_DTYPE, no_bindings
from shapecheck.contracts._rules import device_of_parameters
from shapecheck.findings import Blame, Violation


def _trailing(call: Call) -> Violation | None:
    record, last = call.inputs["input"], call.config["normalized_shape"]
    assert isinstance(last, tuple)
    expected = (("...", None), *(("normalized_shape", size) for size in last))
    if record.ndim < len(last):
        return Violation("ndim", "input", expected=expected, got=record.shape)
    start = record.ndim - len(last)
    axes = tuple(start + at for at, size in enumerate(last) if record.shape[start + at] != size)
    if not axes:
        return None
    by = f"normalized_shape={last} of the LayerNorm"
    blame = tuple(Blame("normalized_shape", last[axis - start], by) for axis in axes)
    return Violation("size", "input", expected=expected, got=record.shape, axes=axes, blame=blame)


CONTRACT = Contract(
    name="LayerNorm",
    types=("torch.nn.modules.normalization.LayerNorm",),
    reads=("normalized_shape",),
    arguments=("input",),
    returns=("output",),
    letters={},
    bind=no_bindings,
    forms=(Form("any number of leading axes", lambda call: True, {"input": "..."}, {"output": "..."}),),
    rules=(
        Rule(
            "ends in normalized_shape",
            _trailing,
            reason="each number of the last axes has a weight of its own, so these axes are exactly normalized_shape",
        ),
        NORM_DTYPE,
        device_of_parameters("input"),
    ),
    about="The last axes of each sample are shifted and scaled to mean 0 and spread 1; no sample sees another.",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html",
)
