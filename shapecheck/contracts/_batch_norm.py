"""What BatchNorm1d and BatchNorm2d share."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from shapecheck.contract import Call, Config, Contract, Form, Rule
from shapecheck.contracts._plain import NORM_DTYPE, scaled
from shapecheck.contracts._rules import device_of_parameters
from shapecheck.dims import Bindings
from shapecheck.findings import Violation


def channels_of(name: str) -> Callable[[Config], Bindings]:
    """The channels that a norm was told, where anything of it remembers them."""

    def bind(config: Config) -> Bindings:
        size = config["num_features"]
        assert isinstance(size, int)
        # Without parameters and running statistics nothing remembers how many channels there were to be.
        counts = config.get("affine") or config.get("track_running_stats")
        return Bindings().bind("C", size, by=f"num_features={size} of the {name}") if counts else Bindings()

    return bind


def contract(name: str, specs: tuple[str, ...]) -> Contract:
    """The contract of a batch norm, by the specs of its input."""

    def form(spec: str) -> Form:
        ndim = len(spec.split())
        return Form(
            f"{ndim} axes",
            lambda call: call.inputs["input"].ndim == ndim,
            {"input": spec},
            {"output": spec},
            unchecked=_unchecked,
        )

    return Contract(
        name=name,
        types=(f"torch.nn.modules.batchnorm.{name}",),
        reads=("num_features", "affine", "track_running_stats", "eps"),
        arguments=("input",),
        returns=("output",),
        letters={"N": "batch size", "C": "num_features: how many channels are normalised, each by itself"},
        bind=channels_of(name),
        forms=tuple(map(form, specs)),
        reasons={
            "C": "the channels stand on axis 1, right behind the batch, and each has a mean of its own",
            "ndim": f"{name} takes a batch with the channels on axis 1: {' or '.join(f'({spec})' for spec in specs)}",
        },
        dtypes=_dtypes,
        rules=(
            replace(NORM_DTYPE, broken=_dtype),
            device_of_parameters("input"),
            Rule("eps above 0", _eps, reason="it keeps the division by the spread away from zero"),
            Rule(
                "more than one value a channel",
                _one_value,
                reason="in training the mean and spread of each channel are taken over the batch, and one value alone "
                "has no spread: a last batch of one does this (drop_last=True), and so does evaluating without eval()",
            ),
        ),
        teaching={"N": "batch_size", "C": "num_features"},
        about="Each channel is shifted and scaled to mean 0 and spread 1 over the batch, or by its running statistics.",
        source=f"https://docs.pytorch.org/docs/stable/generated/torch.nn.{name}.html",
    )


def _dtype(call: Call) -> Violation | None:
    return None if 0 in call.inputs["input"].shape else NORM_DTYPE.broken(call)


def _dtypes(call: Call) -> dict[str, str]:
    record = call.inputs["input"]
    return {"output": scaled(call) if 0 in record.shape and call.config.get("affine") else record.dtype}


def _unchecked(call: Call) -> tuple[str, ...]:
    """Torch gives back a tensor that holds no number as it is, whatever its channels."""
    return ("input",) if 0 in call.inputs["input"].shape else ()


def takes_statistics(call: Call) -> bool:
    """Whether mean and spread are those of this very batch."""
    return call.training or not call.config.get("track_running_stats")


def _eps(call: Call) -> Violation | None:
    eps = call.config.get("eps")
    if not isinstance(eps, float) or eps > 0 or (eps == 0 and not takes_statistics(call)):
        return None
    return Violation("value", "eps", expected_text="eps above 0", got_text=f"eps={eps:g}")


def _one_value(call: Call) -> Violation | None:
    shape = call.inputs["input"].shape
    if not takes_statistics(call) or math.prod((shape[0], *shape[2:])) != 1:
        return None
    return Violation(
        "size",
        "input",
        got=shape,
        axes=(0,),
        expected_text="more than one value a channel",
        got_text="one value a channel",
    )
