"""nn.NLLLoss: log-probabilities against class indices."""

from __future__ import annotations

from shapecheck.contract import Call, Contract, Hazard
from shapecheck.contracts import _classes as classes
from shapecheck.contracts import _loss_hazards as loss_hazards
from shapecheck.contracts import _losses as losses
from shapecheck.contracts._plain import no_bindings

_SCORES = "log-probabilities, one for each class, as log_softmax gives them"


def _hazards(call: Call) -> tuple[Hazard, ...]:
    return (*classes.hazards(call), *_input_hazards(call))


def _input_hazards(call: Call) -> tuple[Hazard, ...]:
    most = call.values.get("input", {}).get("max")
    # Rounding leaves the logarithm of a probability near 1 a little above 0.
    if most is None or most <= 0.05:
        return ()
    if loss_hazards.has_more_than_one_class(call) and loss_hazards.is_distribution(call, "input"):
        text, fix = "every row of the input adds up to 1, as behind a softmax", "input.log()"
    else:
        text, fix = f"the input reaches {most:.3g}", "input.log_softmax(1)"
    if call.inputs["input"].ndim == 1:
        fix = fix.replace("(1)", "(0)")
    return (
        Hazard(
            "scores_for_log_probabilities",
            f"{text}, but log-probabilities are never above 0: the loss takes them as they are, and can fall below 0 "
            "without end",
            ("input",),
            "proved",
            "warning",
            fix,
        ),
    )


CONTRACT = Contract(
    name="NLLLoss",
    types=(*losses.types("NLLLoss", "nll_loss"), "torch.nn.modules.loss.NLLLoss2d"),
    reads=("weight", "ignore_index", "reduction", *losses.LEGACY),
    arguments=("input", "target"),
    returns=("output",),
    letters={**losses.LETTERS, "C": "how many classes there are: axis 1 of the input, or its only one"},
    bind=no_bindings,
    forms=classes.index_forms(_SCORES),
    reasons=classes.reasons("the negative log-likelihood", "log-probabilities"),
    looks={
        "input": ("min", "max", "row_sum_min", "row_sum_max"),
        "target": ("counted", "counted_min", "counted_max"),
    },
    rules=(
        losses.reduction_rule(*losses.REDUCTIONS),
        losses.tensor_rule("weight"),
        classes.score_dtype_rule("log-probabilities are fractions", losses.float_rule("input", "").broken),
        classes.label_dtype_rule(),
        classes.label_range_rule(),
        classes.weight_dtype_rule(),
        classes.weight_size_rule(),
        losses.device_rule("input", "target", "weight"),
    ),
    advise=classes.advise,
    hazards=_hazards,
    teaching=losses.TEACHING,
    about="Log-probabilities of C classes on axis 1, and one class index for each row: (N, C) against (N,).",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html",
)
