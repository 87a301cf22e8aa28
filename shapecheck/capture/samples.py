"""Probes whether each sample of what a model returns depends on its own sample of the input only."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from shapecheck.capture.calls import OUTPUT, Role, outputs_of, pick
from shapecheck.capture.configs import contract_of
from shapecheck.dims import Spec
from shapecheck.evidence import Observation
from shapecheck.protocol import Stage

# Kernels may add up in another order when other rows change; what a sample leaks is far larger.
_RELATIVE = 1e-4


@dataclass(frozen=True, slots=True)
class Dependence:
    """What became of asking a model.

    Args:
        seen: What was seen if some other sample moved, else None.
        asked: The tensors of the model's output that were looked at, by role.
        left: Those that were not, since no stage says where their samples are.
    """

    seen: Observation | None
    asked: tuple[str, ...]
    left: tuple[str, ...]


def sample_dependence(
    model: nn.Module, inputs: Tensor, inputs_spec: Spec, stages: Sequence[Stage], sizes: Mapping[str, int], dim: str
) -> Dependence:
    """Replace one sample of the input and look whether any other sample of the output moves.

    The model is copied and put into evaluation mode; the one that was given keeps its state.

    Args:
        model: The model; every tensor that it returns is looked at of which a stage speaks.
        inputs: A batch of at least two samples.
        inputs_spec: The dims of the input.
        stages: The stages at outputs, of the model itself or of its modules, whose specs have the dim.
        sizes: The sizes of all dims in the specs.
        dim: The dim that counts samples, ``"batch_size"``.
    """
    twin = copy.deepcopy(model).eval()
    axis = next(index for index, item in enumerate(inputs_spec.axes) if item.dims == (dim,))
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        outputs, specs = _with_specs(copy.deepcopy(twin), inputs, stages, sizes)
        left = tuple(role for role, value in outputs if isinstance(value, Tensor) and role not in specs)
        # Never the first sample alone: in a swapped LSTM it is the first step, and looks clean.
        for sample in {0, sizes[dim] - 1} if specs else ():
            changed = inputs.clone()
            changed.select(axis, sample).copy_(_another(inputs.select(axis, sample), inputs))
            others = dict(outputs_of(copy.deepcopy(twin)(changed)))
            for role, before in outputs:
                after = others.get(role)
                if role not in specs or not _fits(after, specs[role], sizes):
                    continue
                first, second = (_samples_first(value, specs[role], sizes, dim) for value in (before, after))
                seen = _moved(sample, role if len(outputs) > 1 else "the output", first, second)
                if seen is not None:
                    return Dependence(seen, tuple(specs), left)
    return Dependence(None, tuple(specs), left)


def _moved(sample: int, name: str, before: Tensor, after: Tensor) -> Observation | None:
    """What another sample than the one that was replaced did, if any moved."""
    moved = (after - before).abs().reshape(len(before), -1).amax(1)
    scale = before.abs().max().clamp(min=1e-6)
    others = [row for row in range(len(before)) if row != sample and moved[row] > _RELATIVE * scale]
    if not others:
        return None
    return Observation(
        "sample_dependence",
        facts={"sample": sample, "moved": len(others), "by": float(moved[others].max())},
        text=f"with sample {sample} of the input replaced, {name} of sample {others[0]} changed as well",
    )


def _with_specs(
    model: nn.Module, inputs: Tensor, stages: Sequence[Stage], sizes: Mapping[str, int]
) -> tuple[list[Role], dict[str, Spec]]:
    """What a model returns, by role, and of which of these tensors a stage says what its axes are.

    A stage speaks of a tensor where it is at it, or where the model returns the very numbers of the stage's module;
    else the last one whose axes the tensor has, all sizes of a case being different.
    """
    given: dict[Stage, list[Tensor]] = {}
    modules = dict(model.named_modules())
    for stage in stages:
        if stage.module and stage.module in modules:
            modules[stage.module].register_forward_hook(_Keeper(stage, given))
    outputs = outputs_of(model(inputs))
    specs: dict[str, Spec] = {}
    for role, value in outputs:
        own = [stage for stage in stages if not stage.module and _is_at(stage, role, outputs)]
        same = [stage for stage in stages if any(_are_one(value, kept) for kept in given.get(stage, ()))]
        fitting = [stage for stage in (*own, *same, *reversed(stages)) if _fits(value, stage.parsed_spec, sizes)]
        if fitting:
            specs[role] = fitting[0].parsed_spec
    return outputs, specs


class _Keeper:
    """A hook that keeps what a stage speaks of."""

    def __init__(self, stage: Stage, given: dict[Stage, list[Tensor]]) -> None:
        self._stage, self._given = stage, given

    def __call__(self, module: nn.Module, args: Any, output: Any) -> None:
        found = pick(outputs_of(output, contract_of(module)), self._stage.role, OUTPUT)
        if found is not None and isinstance(found[1], Tensor):
            self._given.setdefault(self._stage, []).append(found[1])


def _is_at(stage: Stage, role: str, outputs: Sequence[Role]) -> bool:
    found = pick(outputs, stage.role, OUTPUT)
    return found is not None and found[0] == role


def _are_one(value: object, kept: Tensor) -> bool:
    """Whether two tensors are the same numbers in the same place, however they are cut into axes."""
    return isinstance(value, Tensor) and value.data_ptr() == kept.data_ptr() and value.numel() == kept.numel()


def _fits(value: object, spec: Spec, sizes: Mapping[str, int]) -> bool:
    """Whether a tensor has the factors of a spec for its axes, in their order, some of them joined."""
    if not isinstance(value, Tensor):
        return False
    factors = _factors(spec, sizes)
    if prod(factors) != value.numel() or not value.numel():
        return False
    ends = {prod(factors[:upto]) for upto in range(len(factors) + 1)}
    return all(prod(value.shape[:upto]) in ends for upto in range(value.ndim + 1))


def _factors(spec: Spec, sizes: Mapping[str, int]) -> list[int]:
    return [factor if isinstance(factor, int) else sizes[factor] for axis in spec.axes for factor in axis.factors]


def _another(sample: Tensor, whole: Tensor) -> Tensor:
    """Other values of the same kind: for indices other ones among those that occur."""
    if sample.is_floating_point():
        return sample + 1 + sample.abs()
    high = int(whole.max()) + 1
    return (sample + 1) % max(high, 2)


def _samples_first(output: Any, spec: Spec, sizes: Mapping[str, int], dim: str) -> Tensor:
    """The output with products taken apart and the axis of samples in front, as float64."""
    names = [factor for axis in spec.axes for factor in axis.factors]
    whole: Tensor = output.detach().double().reshape(_factors(spec, sizes))
    return whole.movedim(names.index(dim), 0)
