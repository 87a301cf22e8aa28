"""nn.BCEWithLogitsLoss: raw scores against answers of 0.0 and 1.0."""

from __future__ import annotations

import math

from shapecheck.contract import Call, Hazard
from shapecheck.contracts import _binary as binary
from shapecheck.contracts import _losses as losses
from shapecheck.contracts._arithmetic import FLOATS, INTEGERS

_MANY = 16


def _hazards(call: Call) -> tuple[Hazard, ...]:
    found: list[Hazard] = []
    scores, target = call.values.get("input", {}), call.values.get("target", {})
    is_outside = bool(target) and not (target.get("min", 0) >= 0 and target.get("max", 0) <= 1)
    if is_outside and binary.are_answers(call, "input"):
        return (
            Hazard(
                "arguments_exchanged",
                f"the input goes from 0 to 1 and the target from {target['min']:.4g} to {target['max']:.4g}: the "
                "answers stand where the scores belong; torch never looks, and no gradient leads back to a model from "
                "its labels",
                ("input", "target"),
                "likely",
                "warning",
                binary.EXCHANGE,
            ),
        )
    if is_outside:
        found.append(
            Hazard(
                "targets_outside_zero_one",
                f"the target goes from {target['min']:.4g} to {target['max']:.4g}, but it is a probability; torch "
                "never "
                "looks, and the loss can fall below 0 without end",
                ("target",),
                "proved",
                "warning",
            )
        )
    is_many = math.prod(call.inputs["input"].shape) >= _MANY
    # Exact zeros are what a ReLU leaves, not a sigmoid.
    if is_many and scores.get("min", -1) > 0 and scores.get("max", 2) < 1:
        found.append(
            Hazard(
                "probabilities_for_scores",
                "every number of the input lies between 0 and 1, as behind a sigmoid; the loss applies one of its own, "
                "and two of them keep every prediction near a half",
                ("input",),
                "possible",
                "warning",
            )
        )
    return tuple(found)


CONTRACT = binary.contract(
    "BCEWithLogitsLoss",
    "binary_cross_entropy_with_logits",
    scores="raw scores, any real numbers",
    about="Raw scores against answers of 0.0 and 1.0, of the same shape; the loss applies the sigmoid.",
    weights=("weight", "pos_weight"),
    rules=(
        binary.scores_rule("the scores go through a sigmoid, which gives fractions"),
        losses.float_rule("target", "the answers enter the formula as numbers: 1.0 and 0.0"),
        *binary.weight_rules("weight", "pos_weight"),
        losses.dtype_rule("weight", ("bool", *INTEGERS, *FLOATS), "the losses are multiplied in place"),
        losses.dtype_rule("pos_weight", (*INTEGERS, *FLOATS), "1 is taken from it, and what is left is multiplied"),
    ),
    # The loss is computed in place, in the dtype of the target.
    dtype=lambda call: call.inputs["target"].dtype,
    found=_hazards,
)
