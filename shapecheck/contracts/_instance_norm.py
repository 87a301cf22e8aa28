"""What InstanceNorm1d, InstanceNorm2d and InstanceNorm3d share."""

from __future__ import annotations

import math
from dataclasses import replace

from shapecheck.contract import Call, Contract, Form, Rule
from shapecheck.contracts._batch_norm import channels_of, takes_statistics
from shapecheck.contracts._plain import FLOATS, INTEGERS, NORM_DTYPE, scaled, wrong_dtype
from shapecheck.contracts._rules import device_of_parameters
from shapecheck.findings import Violation


def contract(name: str, axes: str) -> Contract:
    """The contract of an instance norm.

    Args:
        name: Name of its class.
        axes: The letters of the axes over which a mean is taken.
    """

    def form(kind: str, spec: str) -> Form:
        ndim = len(spec.split())
        return Form(
            kind,
            lambda call: call.inputs["input"].ndim == ndim,
            {"input": spec},
            {"output": spec},
            unchecked=_unchecked,
        )

    return Contract(
        name=name,
        types=(f"torch.nn.modules.instancenorm.{name}",),
        reads=("num_features", "affine", "track_running_stats"),
        arguments=("input",),
        returns=("output",),
        letters={
            "N": "batch size",
            "C": "num_features: how many channels are normalised, each of each sample by itself",
        },
        bind=channels_of(name),
        forms=(form("batched", f"N C {axes}"), form("unbatched", f"C {axes}")),
        reasons={
            "C": "the channels stand on axis 1, right behind the batch, or first where there is no batch",
            "ndim": f"{name} takes (N, C, {', '.join(axes.split())}), or without the batch one axis less",
        },
        dtypes=_dtypes,
        rules=(
            replace(NORM_DTYPE, broken=_dtype),
            Rule("a sample, where there are weights", _no_sample, reason="the weights are laid out for each sample"),
            device_of_parameters("input"),
            Rule(
                "more than one place a channel",
                lambda call: _one_place(call, len(axes.split())),
                reason="the mean and spread of a channel are taken over the places of one sample, and one place alone "
                "has no spread",
            ),
        ),
        teaching={"N": "batch_size", "C": "num_features"},
        about="Each channel of each sample is shifted and scaled to mean 0 and spread 1; no sample sees another.",
        source=f"https://docs.pytorch.org/docs/stable/generated/torch.nn.{name}.html",
    )


def _dtype(call: Call) -> Violation | None:
    """Without weights every kind of float will do, whatever the dtype of the running statistics."""
    record, config = call.inputs["input"], call.config
    if 0 in record.shape:
        takes_means = call.training and config.get("track_running_stats") and not config.get("affine")
        return NORM_DTYPE.broken(call) if takes_means and record.dtype in ("bool", *INTEGERS) else None
    return NORM_DTYPE.broken(call) if config.get("affine") else wrong_dtype(call, FLOATS)


def _unchecked(call: Call) -> tuple[str, ...]:
    """Torch gives back a tensor that holds no number as it is, whatever its channels."""
    return ("input",) if 0 in call.inputs["input"].shape and not call.config.get("affine") else ()


def _dtypes(call: Call) -> dict[str, str]:
    return {"output": scaled(call) if call.config.get("affine") else call.inputs["input"].dtype}


def _no_sample(call: Call) -> Violation | None:
    record = call.inputs["input"]
    if not call.config.get("affine") or record.shape[0] != 0:
        return None
    return Violation("size", "input", got=record.shape, axes=(0,), expected_text="a sample", got_text="none")


def _one_place(call: Call, count: int) -> Violation | None:
    """Whether mean and spread are those of this very sample, and there is one number only to take them of."""
    shape = call.inputs["input"].shape
    if not takes_statistics(call) or math.prod(shape[-count:]) != 1:
        return None
    expected, got = "more than one place a channel", "one place a channel"
    axes = tuple(range(len(shape) - count, len(shape)))
    return Violation("size", "input", got=shape, axes=axes, expected_text=expected, got_text=got)
