"""nn.PReLU: an activation with a slope that is learned, one for all numbers or one for each channel."""

from __future__ import annotations

from shapecheck.contract import Call, Config, Contract, Form
from shapecheck.contracts._rules import device_of_parameters, dtype_of_parameters
from shapecheck.dims import Bindings


def _bind(config: Config) -> Bindings:
    count = config["num_parameters"]
    return (
        Bindings().bind("C", count, by=f"num_parameters={count} of the PReLU") if isinstance(count, int) else Bindings()
    )


def _has_one(call: Call) -> bool:
    return call.config["num_parameters"] == 1


CONTRACT = Contract(
    name="PReLU",
    types=("torch.nn.modules.activation.PReLU",),
    reads=("num_parameters",),
    arguments=("input",),
    returns=("output",),
    letters={"N": "batch size", "C": "num_parameters: the channels, each with a slope of its own"},
    bind=_bind,
    forms=(
        Form("one slope", _has_one, {"input": "..."}, {"output": "..."}),
        Form(
            "a slope for each channel",
            lambda call: call.inputs["input"].ndim >= 2,
            {"input": "N C ..."},
            {"output": "N C ..."},
        ),
    ),
    reasons={
        "C": "the channels stand on axis 1, right behind the batch, and each has a slope of its own",
        "ndim": "with a slope for each channel there must be an axis of channels, axis 1 behind the batch",
        "type": "an activation takes one tensor; an LSTM returns a tuple, whose first item is the output",
    },
    rules=(dtype_of_parameters("input"), device_of_parameters("input")),
    teaching={"N": "batch_size", "C": "channels"},
    about="Numbers below zero are multiplied with a learned slope, so the shape stays.",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.PReLU.html",
)
