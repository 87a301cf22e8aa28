"""What a contract warns of although it accepts a call, told as diagnoses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import torch

from shapecheck.contract import Hazard
from shapecheck.diagnose import diagnose
from shapecheck.evidence import Evidence
from shapecheck.faults import all_faults
from shapecheck.findings import Diagnosis, Operand
from shapecheck.records import CallRecord

_SEVERITIES = ("error", "warning", "note")


def risks_of(
    hazards: Iterable[Hazard], call: CallRecord, *, may_learn: bool = True, prefix: str = ""
) -> tuple[Diagnosis, ...]:
    """The diagnoses of hazards, the worst first.

    Args:
        hazards: What the contract says.
        call: The call.
        may_learn: Whether somebody may call ``backward()``: some do harm only there, and are notes elsewhere.
        prefix: What to write before the role of each tensor: ``"lstm."``.
    """
    seen = tuple(Operand(f"{prefix}{record.role}", record.shape, record.dims) for record in call.inputs)
    only_in_backward = {fault.slug for fault in all_faults() if fault.needs_backward}
    found = []
    for hazard in hazards:
        told = diagnose(Evidence(call=call, hazard=hazard))[0]
        if told.slug in only_in_backward and not may_learn:
            told = replace(told, severity="note")
        found.append(replace(told, evidence=seen))
    return tuple(sorted(found, key=lambda diagnosis: _SEVERITIES.index(diagnosis.severity)))


def at_work(hazards: Iterable[Hazard]) -> tuple[Hazard, ...]:
    """The hazards that a running model is told of: not those of what a later line might do, which then is seen itself.

    A batch of one is as right as any other.
    """
    return tuple(hazard for hazard in hazards if hazard.slug != "batch_of_one")


def may_learn(*arguments: Any) -> bool:
    """Whether a gradient could flow into one of these tensors."""
    return torch.is_grad_enabled() and any(
        value.requires_grad for value in arguments if isinstance(value, torch.Tensor)
    )
