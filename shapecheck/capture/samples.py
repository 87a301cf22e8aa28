"""Probes whether each sample of an output depends on its own sample of the input only."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from shapecheck.dims import Spec
from shapecheck.evidence import Observation

# Kernels may add up in another order when other rows change; what a sample leaks is far larger.
_RELATIVE = 1e-4


def sample_dependence(
    model: nn.Module, inputs: Tensor, inputs_spec: Spec, outputs_spec: Spec, sizes: Mapping[str, int], dim: str
) -> Observation | None:
    """Replace one sample of the input and look whether any other sample of the output moves.

    The model is copied and put into evaluation mode; the one that was given keeps its state.

    Args:
        model: The model; the first tensor that it returns is looked at.
        inputs: A batch of at least two samples.
        inputs_spec: The dims of the input.
        outputs_spec: The dims of the output.
        sizes: The sizes of all dims in both specs.
        dim: The dim that counts samples, ``"batch_size"``.

    Returns:
        What was seen if some other sample moved, else None.
    """
    twin = copy.deepcopy(model).eval()
    axis = next(index for index, item in enumerate(inputs_spec.axes) if item.dims == (dim,))
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        before = _samples_first(_first_tensor(copy.deepcopy(twin)(inputs)), outputs_spec, sizes, dim)
        # Never the first sample alone: in a swapped LSTM it is the first step, and looks clean.
        for sample in {0, sizes[dim] - 1}:
            changed = inputs.clone()
            changed.select(axis, sample).copy_(_another(inputs.select(axis, sample), inputs))
            after = _samples_first(_first_tensor(copy.deepcopy(twin)(changed)), outputs_spec, sizes, dim)
            moved = (after - before).abs().reshape(sizes[dim], -1).amax(1)
            scale = before.abs().max().clamp(min=1e-6)
            others = [row for row in range(sizes[dim]) if row != sample and moved[row] > _RELATIVE * scale]
            if others:
                return Observation(
                    "sample_dependence",
                    facts={"sample": sample, "moved": len(others), "by": float(moved[others].max())},
                    text=f"with sample {sample} of the input replaced, "
                    f"the output of sample {others[0]} changed as well",
                )
    return None


def _another(sample: Tensor, whole: Tensor) -> Tensor:
    """Other values of the same kind: for indices other ones among those that occur."""
    if sample.is_floating_point():
        return sample + 1 + sample.abs()
    high = int(whole.max()) + 1
    return (sample + 1) % max(high, 2)


def _samples_first(output: Tensor, spec: Spec, sizes: Mapping[str, int], dim: str) -> Tensor:
    """The output with products taken apart and the axis of samples in front, as float64."""
    factors = [factor for axis in spec.axes for factor in axis.factors]
    whole = output.detach().double().reshape([f if isinstance(f, int) else sizes[f] for f in factors])
    return whole.movedim(factors.index(dim), 0)


def _first_tensor(value: Any) -> Tensor:
    while not isinstance(value, Tensor):
        value = next(iter(value.values())) if isinstance(value, Mapping) else value[0]
    return value
