"""nn.SoftMarginLoss: scores against labels of 1 and -1."""

from __future__ import annotations

from dataclasses import replace

from shapecheck.contract import Call, Hazard
from shapecheck.contracts import _formula as formulas
from shapecheck.contracts import _losses as losses
from shapecheck.contracts import _regression as regression
from shapecheck.contracts._arithmetic import COMPLEX, Value
from shapecheck.contracts._signs import sign_hazards
from shapecheck.findings import Violation

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


_FLOATS = losses.float_rule("input", "the loss is the logarithm of an exponential, computed where the scores stand")
_REAL = regression.real_rule("target")


def _scores(call: Call) -> Violation | None:
    """Complex scores too have such a loss, but no gradient: torch refuses them only where one is wanted."""
    found = _FLOATS.broken(call)
    if found is None or call.inputs["input"].dtype not in COMPLEX:
        return found
    return replace(found, reason="torch knows no gradient of this loss for complex scores", torch_accepts=True)


def _labels(call: Call) -> Violation | None:
    return None if call.inputs["input"].dtype in COMPLEX else _REAL.broken(call)


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
        replace(_FLOATS, broken=_scores),
        replace(_REAL, broken=_labels),
    ),
    looks={"target": ("min", "max", "is_whole")},
    found=_hazards,
    is_complete=True,
)
