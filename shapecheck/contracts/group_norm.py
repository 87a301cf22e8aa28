"""nn.GroupNorm: normalises groups of channels of each sample by themselves."""

from __future__ import annotations

import math

from shapecheck.contract import Call, Config, Contract, Form, Rule
from shapecheck.contracts._plain import NORM_DTYPE
from shapecheck.contracts._rules import device_of_parameters
from shapecheck.dims import Bindings
from shapecheck.findings import Violation


def _bind(config: Config) -> Bindings:
    channels, groups = config["num_channels"], config["num_groups"]
    assert isinstance(channels, int)
    assert isinstance(groups, int)
    bindings = Bindings().bind("G", groups, by=f"num_groups={groups} of the GroupNorm")
    # Without parameters the channels need only be a multiple of the groups.
    if not config.get("affine"):
        return bindings
    return bindings.bind("C", channels, by=f"num_channels={channels} of the GroupNorm")


def _divides(call: Call) -> Violation | None:
    shape, groups = call.inputs["input"].shape, call.config["num_groups"]
    assert isinstance(groups, int)
    if len(shape) < 2 or shape[1] % groups == 0:
        return None
    expected = f"a multiple of num_groups={groups}"
    return Violation("size", "input", got=shape, axes=(1,), expected_text=expected, got_text=str(shape[1]))


def _one_value(call: Call) -> Violation | None:
    shape, groups = call.inputs["input"].shape, call.config["num_groups"]
    assert isinstance(groups, int)
    if len(shape) < 2 or (shape[0] * shape[1] // groups) * math.prod(shape[2:]) != 1:
        return None
    return Violation("size", "input", got=shape, expected_text="more than one value a group", got_text="one value")


CONTRACT = Contract(
    name="GroupNorm",
    types=("torch.nn.modules.normalization.GroupNorm",),
    reads=("num_groups", "num_channels", "affine"),
    arguments=("input",),
    returns=("output",),
    letters={"N": "batch size", "C": "num_channels", "G": "num_groups: into how many groups the channels are put"},
    bind=_bind,
    forms=(
        Form(
            "a batch with channels on axis 1",
            lambda call: call.inputs["input"].ndim >= 2,
            {"input": "N C ..."},
            {"output": "N C ..."},
        ),
    ),
    reasons={
        "C": "the channels stand on axis 1, right behind the batch",
        "ndim": "GroupNorm takes a batch with the channels on axis 1",
    },
    rules=(
        Rule("groups of one size", _divides, reason="the channels are dealt out to the groups evenly"),
        Rule("more than one value a group", _one_value, reason="a single value has no spread to divide by"),
        NORM_DTYPE,
        device_of_parameters("input"),
    ),
    teaching={"N": "batch_size", "C": "num_channels"},
    about="Groups of channels of each sample are shifted and scaled to mean 0 and spread 1; no sample sees another.",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.GroupNorm.html",
)
