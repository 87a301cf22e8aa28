"""nn.MultiLabelMarginLoss: scores against a list of class indices for each sample, ended by -1."""

from __future__ import annotations

import math

from shapecheck.contract import Call, Contract, Rule
from shapecheck.contracts import _loss_hazards as hazards
from shapecheck.contracts import _losses as losses
from shapecheck.contracts import _margins as margins
from shapecheck.contracts._plain import no_bindings
from shapecheck.findings import Violation

_TARGET = (
    "each sample has a list of class indices, filled up with -1 to the number of classes, so the target "
    "has the shape of "
    "the input"
)


def _odd_target(call: Call) -> Violation | None:
    target, scores = call.inputs.get("target"), call.inputs["input"]
    if target is None or scores.ndim > 2 or target.shape == scores.shape:
        return None
    if scores.ndim <= 1 and target.ndim <= 1 and math.prod(target.shape) == margins.classes(call):
        return None
    return losses.unlike("target", target, scores)


def _shapes(call: Call) -> dict[str, tuple[int, ...]]:
    kept = losses.reduction_of(call) == "none" and call.inputs["target"].ndim == 2
    return {"output": call.inputs["input"].shape[:1] if kept else ()}


CONTRACT = Contract(
    name="MultiLabelMarginLoss",
    types=losses.types("MultiLabelMarginLoss", "multilabel_margin_loss"),
    reads=("reduction", *losses.LEGACY),
    arguments=("input", "target"),
    returns=("output",),
    letters=losses.LETTERS,
    bind=no_bindings,
    forms=margins.forms(
        {"N C": "N", "C": "", "": ""},
        {"N C": "...", "C": "...", "": "..."},
        {
            "input": "scores, one for each class",
            "target": "the class indices of each sample, then -1, int64 in [-1, C)",
        },
    ),
    reasons={**losses.REASONS, "input.ndim": margins.INPUT, "C.minimum": margins.INPUT},
    shapes=_shapes,
    looks={"target": ("min", "max")},
    rules=(
        losses.reduction_rule(*losses.REDUCTIONS),
        Rule("target of the shape of input", _odd_target, reason=_TARGET),
        margins.score_dtype_rule(),
        margins.label_dtype_rule(),
        margins.label_range_rule(-1, "each index points at one of the C scores of its row; -1 ends the list"),
        losses.device_rule("input", "target"),
    ),
    hazards=hazards.nothing_to_average,
    teaching=losses.TEACHING,
    about="Scores (N, C) against the list of the classes of each sample, (N, C), ended by -1.",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiLabelMarginLoss.html",
)
