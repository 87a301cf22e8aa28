"""nn.Bilinear: mixes every pair of a feature of one tensor and a feature of another."""

from __future__ import annotations

from shapecheck.contract import Call, Config, Contract, Form
from shapecheck.contracts._rules import device_of_parameters, dtype_of_parameters
from shapecheck.dims import Bindings


def _bind(config: Config) -> Bindings:
    bindings = Bindings()
    for letter, name in (("H_in1", "in1_features"), ("H_in2", "in2_features"), ("H_out", "out_features")):
        size = config[name]
        assert isinstance(size, int)
        bindings = bindings.bind(letter, size, by=f"{name}={size} of the Bilinear")
    return bindings


def _has_axis(call: Call) -> bool:
    return call.inputs["input1"].ndim >= 1


_FEATURES = "a Bilinear has one weight for each pair of a feature of the one and a feature of the other tensor"

CONTRACT = Contract(
    name="Bilinear",
    types=("torch.nn.modules.linear.Bilinear",),
    reads=("in1_features", "in2_features", "out_features"),
    arguments=("input1", "input2"),
    returns=("output",),
    letters={
        "H_in1": "in1_features: how many numbers the first tensor has along its last axis",
        "H_in2": "in2_features: how many numbers the second tensor has along its last axis",
        "H_out": "out_features: how many numbers come out",
    },
    bind=_bind,
    forms=(
        Form(
            "any number of leading axes",
            _has_axis,
            {"input1": "... H_in1", "input2": "... H_in2"},
            {"output": "... H_out"},
        ),
    ),
    reasons={
        "H_in1": _FEATURES,
        "H_in2": _FEATURES,
        "ndim": "a Bilinear works along the last axis of both tensors, so each must have one",
        "...": "the two tensors are taken row by row, so all axes but the last must be the same; nothing is broadcast",
        "type": "a Bilinear takes two tensors",
        "missing": "a Bilinear takes two tensors",
    },
    rules=(dtype_of_parameters("input1", "input2", casts=False), device_of_parameters("input1", "input2")),
    teaching={"H_out": "out_size"},
    about="Every pair of a feature of one tensor and a feature of the other has a weight in each output.",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.Bilinear.html",
)
