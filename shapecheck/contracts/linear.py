"""nn.Linear: mixes the features of the last axis, whatever the other axes are."""

from __future__ import annotations

from shapecheck.contract import Call, Config, Contract, Form
from shapecheck.contracts._rules import device_of_parameters, dtype_of_parameters
from shapecheck.dims import Bindings


def _bind(config: Config) -> Bindings:
    # The weight counts, not the attributes: tying another layer's weight changes the one and not the other.
    weight = config.get("weight.shape", (config["out_features"], config["in_features"]))
    assert isinstance(weight, tuple)
    out_features, in_features = weight
    assert isinstance(out_features, int)
    assert isinstance(in_features, int)
    bindings = Bindings().bind("H_in", in_features, by=f"in_features={in_features} of the Linear")
    return bindings.bind("H_out", out_features, by=f"out_features={out_features} of the Linear")


def _dtypes(call: Call) -> dict[str, str]:
    return {"output": call.autocast} if call.autocast and call.config.get("dtype") != "float64" else {}


CONTRACT = Contract(
    name="Linear",
    types=("torch.nn.modules.linear.Linear",),
    reads=("in_features", "out_features", "weight.shape"),
    arguments=("input",),
    returns=("output",),
    letters={
        "H_in": "in_features: how many numbers each output is mixed from",
        "H_out": "out_features: how many numbers come out",
    },
    bind=_bind,
    forms=(
        Form(
            "any number of leading axes",
            lambda call: call.inputs["input"].ndim >= 1,
            {"input": "... H_in"},
            {"output": "... H_out"},
        ),
    ),
    reasons={
        "H_in": (
            "a Linear mixes the numbers along the last axis and no other, each with a weight of its own, so the last "
            "axis must hold exactly in_features of them"
        ),
        "ndim": "a Linear works along the last axis, so there must be one",
        "type": "a Linear takes one tensor; an LSTM returns a tuple, whose first item is the output",
    },
    dtypes=_dtypes,
    rules=(dtype_of_parameters("input"), device_of_parameters("input")),
    teaching={"H_out": "out_size"},
    about="Every row of the last axis is multiplied with the weights; all the other axes are taken as a batch.",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html",
)
