"""nn.MultiMarginLoss: scores against class indices, the right class ahead of every other by a margin."""

from __future__ import annotations

import math

from shapecheck.contract import Call, Contract, Rule
from shapecheck.contracts import _loss_hazards as hazards
from shapecheck.contracts import _losses as losses
from shapecheck.contracts import _margins as margins
from shapecheck.contracts._plain import no_bindings
from shapecheck.findings import Violation

_TARGET = "there is one class index for each sample, so the target is (N,), or () for one sample"
_WEIGHT = "there is one weight for each class, of the dtype of the scores: (C,)"


def _samples(call: Call) -> int:
    shape = call.inputs["input"].shape
    return shape[0] if len(shape) == 2 else 1


def _odd_target(call: Call) -> Violation | None:
    target = call.inputs.get("target")
    if target is None or call.inputs["input"].ndim > 2:
        return None
    if target.ndim <= 1 and math.prod(target.shape) == _samples(call):
        return None
    same_ndim = target.ndim == 1
    return Violation(
        "size" if same_ndim else "ndim",
        "target",
        expected=(("N", _samples(call)),),
        got=target.shape,
        axes=(0,) if same_ndim else (),
        advice=hazards.reshaping("target", target.shape, (_samples(call),)),
    )


def _odd_weight(call: Call) -> Violation | None:
    weight, scores = call.inputs.get("weight"), call.inputs["input"]
    if weight is None or weight.shape == (margins.classes(call),):
        return None
    return Violation(
        "size" if weight.ndim == 1 else "ndim",
        "weight",
        expected=(("C", margins.classes(call)),),
        got=weight.shape,
        axes=(0,) if weight.ndim == 1 and scores.ndim <= 2 else (),
    )


def _weight_dtype(call: Call) -> Violation | None:
    weight, scores = call.inputs.get("weight"), call.inputs["input"]
    if weight is None or weight.dtype == scores.dtype or margins.is_empty(call):
        return None
    return Violation(
        "dtype",
        "weight",
        got=weight.shape,
        expected_text=scores.dtype,
        got_text=weight.dtype,
        advice="weight.to(input.dtype)",
    )


def _odd_power(call: Call) -> Violation | None:
    power = call.config.get("p", 1)
    return None if power in (1, 2) else Violation("value", "p", expected_text="p of 1 or 2", got_text=f"p={power}")


def _shapes(call: Call) -> dict[str, tuple[int, ...]]:
    target = call.inputs["target"]
    kept = losses.reduction_of(call) == "none" and target.ndim > 0
    return {"output": (_samples(call),) if kept else ()}


CONTRACT = Contract(
    name="MultiMarginLoss",
    types=losses.types("MultiMarginLoss", "multi_margin_loss"),
    reads=("p", "weight", "reduction", *losses.LEGACY),
    arguments=("input", "target"),
    returns=("output",),
    letters=losses.LETTERS,
    bind=no_bindings,
    forms=margins.forms(
        {"N C": "N", "C": "", "": ""},
        {"N C": "...", "C": "...", "": "..."},
        {
            "input": "scores, one for each class",
            "target": "(minibatch,), one class index for each sample, int64 in [0, C)",
            "weight": "one weight for each class",
        },
    ),
    reasons={**losses.REASONS, "input.ndim": margins.INPUT, "C.minimum": margins.INPUT},
    shapes=_shapes,
    looks={"target": ("min", "max")},
    rules=(
        losses.reduction_rule(*losses.REDUCTIONS),
        losses.tensor_rule("weight"),
        Rule("one class index for each sample", _odd_target, reason=_TARGET),
        Rule("one weight for each class", _odd_weight, reason=_WEIGHT),
        margins.score_dtype_rule(),
        margins.label_dtype_rule(),
        Rule("weight of the dtype of input", _weight_dtype, reason=_WEIGHT),
        margins.label_range_rule(0, "each index points at one of the C scores of its row, counted from 0"),
        Rule("p of 1 or 2", _odd_power, reason="the gaps are added up as they are, or squared"),
        losses.device_rule("input", "target", "weight"),
    ),
    hazards=hazards.nothing_to_average,
    teaching=losses.TEACHING,
    about="Scores (N, C) against one class index for each sample, (N,).",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiMarginLoss.html",
)
