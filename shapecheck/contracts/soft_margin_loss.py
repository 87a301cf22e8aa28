"""nn.SoftMarginLoss: scores against labels of 1 and -1."""

from __future__ import annotations

from shapecheck.contract import Call, Hazard
from shapecheck.contracts import _formula as formulas
from shapecheck.contracts import _losses as losses
from shapecheck.contracts import _regression as regression
from shapecheck.contracts._arithmetic import Value
from shapecheck.contracts._signs import sign_hazards

_PAIRED = (
    "the loss multiplies each score with the label at the same place and keeps the result where the score was: the "
    "target is spread to the shape of the input, never the input to that of the target"
)


def _formula(call: Call) -> Value:
    scores = call.inputs["input"]
    return Value(scores.shape, scores.dtype).reduced(losses.reduction_of(call))


def _hazards(call: Call) -> tuple[Hazard, ...]:
    found = sign_hazards(call, "a label of 0 costs the same whatever the score is, so nothing is learned from it")
    if call.inputs["target"].dtype != "bool":
        return found
    text = "the loss of bool labels is computed, but backward() raises, and False counts as 0, not as -1"
    return (*found, Hazard("fails_in_backward", text, ("target",), fix="2 * target.float() - 1"))


CONTRACT = formulas.contract(
    "SoftMarginLoss",
    "soft_margin_loss",
    _formula,
    roles=("input", "target"),
    about="Raw scores against labels of 1 and -1, of the same shape.",
    forms=losses.forms(
        "",
        {"input": "...", "target": "..."},
        "...",
        spreads=("target",),
        meanings={"input": "raw scores, any real numbers", "target": "1 or -1 for each score"},
    ),
    spread=(("input", "target"),),
    first_rules=(
        losses.spreads_rule("target", into="input", alone=True, reason=_PAIRED),
        losses.float_rule("input", "the loss is the logarithm of an exponential, computed where the scores stand"),
        regression.real_rule("target"),
    ),
    looks={"target": ("min", "max", "is_whole")},
    found=_hazards,
    is_complete=True,
)
