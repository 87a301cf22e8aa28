"""nn.GaussianNLLLoss: the expected value and its variance against the value that occurred."""

from __future__ import annotations

from shapecheck.contract import Call, Rule
from shapecheck.contracts import _formula as formulas
from shapecheck.contracts import _losses as losses
from shapecheck.contracts._arithmetic import COMPLEX, ImpossibleError, Shape, Value, as_float, of
from shapecheck.findings import Violation

_PAIRED = (
    "the loss takes each expected value with the value at the same place of the target, so both have the same shape; "
    "torch spreads axes of size 1, and here not even that makes them fit"
)
_VARIANCE = (
    "each expected value has a variance: var has the shape of the input, or one of its axes has size 1, "
    "or it lacks the "
    "last axis; nothing else, although broadcasting could do more"
)


def _variance(call: Call) -> Value:
    """The variance as torch spreads it."""
    scores = of(call.inputs["input"])
    if "var" in call.objects:
        if scores.dtype in COMPLEX:
            raise ImpossibleError("dtype", f"torch does not order numbers of {scores.dtype}")
        return Value(scores.shape, as_float(scores.dtype))
    var = of(call.inputs["var"])
    is_short = var.shape != scores.shape and var.shape == scores.shape[:-1]
    return Value((*var.shape, 1), var.dtype) if is_short else var


def _formula(call: Call) -> Value:
    var = _variance(call)
    squares = of(call.inputs["input"]).minus(of(call.inputs["target"]))
    return var.plus(squares.over(var)).reduced(losses.reduction_of(call))


def _fits(var: Shape, scores: Shape) -> bool:
    if var == scores or var == scores[:-1]:
        return True
    # As torch writes it: of the axes that differ, the sizes add up to 1.
    return (
        len(var) == len(scores) and sum(mine for theirs, mine in zip(scores, var, strict=True) if theirs != mine) == 1
    )


def _odd_variance(call: Call) -> Violation | None:
    var, scores = call.inputs.get("var"), call.inputs["input"]
    if var is None or _fits(var.shape, scores.shape):
        return None
    return losses.unlike("var", var, scores)


def _negative_variance(call: Call) -> Violation | None:
    least = call.values.get("var", {}).get("min", 0.0)
    if not least < 0:
        return None
    return Violation(
        "value",
        "var",
        got=call.inputs["var"].shape if "var" in call.inputs else None,
        expected_text="variances of at least 0",
        got_text=f"a variance of {least:.4g}",
        advice="var.exp()" if "var" in call.inputs else "",
    )


CONTRACT = formulas.contract(
    "GaussianNLLLoss",
    "gaussian_nll_loss",
    _formula,
    roles=("input", "target", "var"),
    about="The expected value and its variance against the value, all of the same shape.",
    forms=losses.forms(
        "",
        {"input": "...", "target": "...", "var": "..."},
        "...",
        spreads=("target", "var"),
        meanings={
            "input": "the expected value",
            "target": "the value that occurred",
            "var": "the variance of each expected value, at least 0",
        },
    ),
    spread=(("input", "target"),),
    legacy=(),
    reductions=formulas.REDUCTIONS,
    reasons={"var.type": "the variance is a tensor, or one float for all: torch asks an int for what it has not"},
    looks={"var": ("min",)},
    accepts={"var": ("float", "float64")},
    first_rules=(
        losses.spreads_rule("target", into="input", reason=_PAIRED),
        Rule("var of the shape of input", _odd_variance, reason=_VARIANCE),
        losses.float_rule("var", "the variance is kept above eps in place, which needs fractions"),
        Rule("no negative variance", _negative_variance, reason="a variance is a square"),
    ),
)
