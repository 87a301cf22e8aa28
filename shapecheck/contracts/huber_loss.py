"""nn.HuberLoss: squared differences near the target, absolute ones far from it, scaled by delta."""

from __future__ import annotations

from shapecheck.contract import Call, Hazard, Rule
from shapecheck.contracts import _losses as losses
from shapecheck.contracts import _regression as regression
from shapecheck.contracts._arithmetic import Value
from shapecheck.findings import Violation


def _formula(call: Call) -> Value:
    # The errors are written into a tensor like the input, whatever the target is.
    errors = Value(regression.together(call).shape, call.inputs["input"].dtype)
    if "weight" in call.inputs:
        return regression.weighted(call, errors, by_weights=False)
    return errors.reduced(losses.reduction_of(call))


def _small_delta(call: Call) -> Violation | None:
    delta = call.config.get("delta", 1.0)
    if not isinstance(delta, (int, float)) or delta > 0:
        return None
    return Violation("value", "delta", expected_text="delta above 0", got_text=f"{delta}")


def _backward(call: Call) -> tuple[Hazard, ...]:
    want, got = call.inputs["input"].dtype, call.inputs["target"].dtype
    if want == got:
        return ()
    return (
        Hazard(
            "fails_in_backward",
            f"the loss of a {want} input and a {got} target is computed, but backward() raises: the Huber loss wants "
            "both in one dtype there",
            ("target",),
            fix="target.to(input.dtype)",
        ),
    )


CONTRACT = regression.contract(
    "HuberLoss",
    "huber_loss",
    _formula,
    reads=("delta",),
    rules=(
        losses.float_rule("input", "the errors take the dtype of the input, and the mean of whole numbers is none"),
        regression.real_rule("target"),
        Rule("a delta above 0", _small_delta, reason="delta is the error at which the square becomes a line"),
    ),
    more_hazards=_backward,
    is_complete=True,
    about="Squares of small differences, absolute values of large ones: both tensors have the very same shape.",
)
