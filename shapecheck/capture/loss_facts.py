"""Facts about the values that a loss is given, where its contract asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch

from shapecheck.contract import Config

Tensors = Mapping[str, torch.Tensor]
Fact = Callable[[str, Tensors, Config], float]


def _counted(role: str, tensors: Tensors, config: Config) -> torch.Tensor:
    """The class indices that a loss does not ignore."""
    ignored = config.get("ignore_index")
    labels = tensors[role]
    if labels.is_floating_point() or labels.is_complex():
        raise RuntimeError("these are no class indices")
    # In uint8 no index would be -100.
    labels = labels.to(torch.int64)
    return labels[labels != (ignored if isinstance(ignored, int) else -100)]


def _counted_min(role: str, tensors: Tensors, config: Config) -> float:
    return _least(_counted(role, tensors, config))


def _counted_max(role: str, tensors: Tensors, config: Config) -> float:
    return _most(_counted(role, tensors, config))


def _counted_number(role: str, tensors: Tensors, config: Config) -> float:
    return float(_counted(role, tensors, config).numel())


def _row_sums(role: str, tensors: Tensors, config: Config) -> torch.Tensor:
    """The sum over the classes, for each row of scores."""
    return _rows(tensors[role]).sum(-1)


def _row_log_sums(role: str, tensors: Tensors, config: Config) -> torch.Tensor:
    return _rows(tensors[role]).logsumexp(-1)


def _used(role: str, tensors: Tensors) -> torch.Tensor:
    """The labels of a CTC target that torch reads: those before the end of their sequence."""
    labels, lengths = tensors[role], tensors.get("target_lengths")
    if labels.ndim != 2 or lengths is None or lengths.numel() != labels.shape[0]:
        return labels.reshape(-1)
    steps = torch.arange(labels.shape[1], device=labels.device)
    return labels[steps < lengths.reshape(-1, 1).to(labels.device)]


def _used_min(role: str, tensors: Tensors, config: Config) -> float:
    return _least(_used(role, tensors))


def _used_max(role: str, tensors: Tensors, config: Config) -> float:
    return _most(_used(role, tensors))


def _least(values: torch.Tensor) -> float:
    """The smallest value; infinity if there is none, so that no bound is broken."""
    return float(values.min()) if values.numel() else float("inf")


def _most(values: torch.Tensor) -> float:
    """The largest value; minus infinity if there is none."""
    return float(values.max()) if values.numel() else float("-inf")


def _rows(scores: torch.Tensor) -> torch.Tensor:
    """The scores with the classes on the last axis, in double precision."""
    classes = scores if scores.ndim == 1 else scores.movedim(1, -1)
    return classes.to(torch.float64)


LOSS_FACTS: Mapping[str, Fact] = {
    "counted": _counted_number,
    "counted_min": _counted_min,
    "counted_max": _counted_max,
    "used_min": _used_min,
    "used_max": _used_max,
    "row_sum_min": lambda *asked: float(_row_sums(*asked).min()),
    "row_sum_max": lambda *asked: float(_row_sums(*asked).max()),
    "row_log_sum_min": lambda *asked: float(_row_log_sums(*asked).min()),
    "row_log_sum_max": lambda *asked: float(_row_log_sums(*asked).max()),
}
