"""nn.BCELoss: probabilities of yes, as a sigmoid gives them, against answers of 0.0 and 1.0."""

from __future__ import annotations

from shapecheck.contract import Call, Rule
from shapecheck.contracts import _binary as binary
from shapecheck.contracts._arithmetic import COMPLEX
from shapecheck.findings import Violation


def _one_dtype(call: Call) -> Violation | None:
    scores, target = call.inputs["input"], call.inputs.get("target")
    if target is None or target.dtype == scores.dtype or binary.is_exchanged(call):
        return None
    return Violation(
        "dtype",
        "target",
        got=target.shape,
        expected_text=scores.dtype,
        got_text=target.dtype,
        advice="target.to(input.dtype)",
    )


def _complex_weight(call: Call) -> Violation | None:
    weight = call.inputs.get("weight")
    if weight is None or weight.dtype not in COMPLEX:
        return None
    return Violation("dtype", "weight", got=weight.shape, expected_text="a real dtype", got_text=weight.dtype)


CONTRACT = binary.contract(
    "BCELoss",
    "binary_cross_entropy",
    scores="probabilities in [0, 1], as a sigmoid gives them",
    about="Probabilities of yes against answers of 0.0 and 1.0, of the same shape and dtype.",
    weights=("weight",),
    rules=(
        binary.scores_rule("probabilities are fractions"),
        Rule(
            "target of the dtype of input", _one_dtype, reason="the answers enter the formula as numbers: 1.0 and 0.0"
        ),
        *binary.weight_rules("weight"),
        Rule("a real weight", _complex_weight, reason="the losses are real, and are multiplied in place"),
        binary.in_range_rule(
            "input", "the loss takes the logarithm of a probability: raw scores go to nn.BCEWithLogitsLoss"
        ),
        binary.in_range_rule("target", "the target is a probability: 1.0 for yes, 0.0 for no"),
    ),
    dtype=lambda call: call.inputs["input"].dtype,
)
