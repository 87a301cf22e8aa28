"""nn.KLDivLoss: log-probabilities against probabilities."""

from __future__ import annotations

from shapecheck.contract import Call, Hazard
from shapecheck.contracts import _formula as formulas
from shapecheck.contracts import _loss_hazards as hazards
from shapecheck.contracts import _losses as losses
from shapecheck.contracts._arithmetic import Value, of

_PAIRED = (
    "the loss takes each log-probability of the input with the probability at the same place of the target, so both "
    "have the same shape; torch spreads axes of size 1, and here not even that makes them fit"
)


def _formula(call: Call) -> Value:
    reduction = losses.reduction_of(call)
    errors = of(call.inputs["target"]).plus(of(call.inputs["input"]))
    return errors.reduced("sum" if reduction == "batchmean" else reduction)


def _hazards(call: Call) -> tuple[Hazard, ...]:
    found = []
    most, target = call.values.get("input", {}).get("max"), call.values.get("target", {})
    if most is not None and most > 0.05:
        is_softmax = hazards.has_more_than_one_class(call) and hazards.is_distribution(call, "input")
        found.append(
            Hazard(
                "scores_for_log_probabilities",
                "every row of the input adds up to 1, as behind a softmax, but this loss takes log-probabilities"
                if is_softmax
                else f"the input reaches {most:.3g}, but log-probabilities are never above 0",
                ("input",),
                "likely",
                "warning",
                "input.log()" if is_softmax else "input.log_softmax(-1)",
            )
        )
    if call.config.get("log_target") and target.get("max", 0) > 0.05:
        text = f"with log_target=True the target is read as log-probabilities, but it reaches {target['max']:.3g}"
    elif not call.config.get("log_target") and target.get("min", 0) < 0:
        text = f"the target is read as probabilities, but it goes down to {target['min']:.3g}; with log-probabilities "
        text += "there, write log_target=True"
    else:
        text = ""
    if text:
        found.append(Hazard("targets_outside_zero_one", text, ("target",), "likely", "warning"))
    return tuple(found)


CONTRACT = formulas.contract(
    "KLDivLoss",
    "kl_div",
    _formula,
    roles=("input", "target"),
    about="Log-probabilities against probabilities of the same shape; only 'batchmean' is the divergence of the maths.",
    forms=losses.forms(
        "",
        {"input": "...", "target": "..."},
        "...",
        spreads=("target",),
        meanings={
            "input": "log-probabilities, as log_softmax gives them",
            "target": "probabilities, or log-probabilities with log_target=True",
        },
    ),
    spread=(("input", "target"),),
    reads=("log_target",),
    reductions=(*losses.REDUCTIONS, "batchmean"),
    first_rules=(
        losses.spreads_rule("target", into="input", reason=_PAIRED),
        losses.float_rule("input", "log-probabilities are fractions"),
        losses.float_rule("target", "probabilities are fractions"),
    ),
    looks={"input": ("min", "max", "row_sum_min", "row_sum_max"), "target": ("min", "max")},
    found=_hazards,
    is_complete=True,
)
