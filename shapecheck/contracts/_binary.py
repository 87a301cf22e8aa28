"""What the two binary cross entropies share: shapes, weights, targets between 0 and 1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from shapecheck.contract import Call, Contract, Hazard, Rule
from shapecheck.contracts import _loss_hazards as hazards
from shapecheck.contracts import _losses as losses
from shapecheck.contracts._arithmetic import broadcast
from shapecheck.contracts._plain import no_bindings
from shapecheck.findings import Violation
from shapecheck.pairs import are_answers_first

SAME = (
    "each number of the input is the answer to a yes-or-no question of its own, and the target says at the same place "
    "whether yes (1.0) was right: both have the very same shape"
)
TARGET = "1.0 for yes and 0.0 for no, floats of the dtype of the input"

EXCHANGE = "loss(target, input)"


def contract(
    name: str,
    function: str,
    *,
    scores: str,
    about: str,
    weights: tuple[str, ...],
    rules: tuple[Rule, ...],
    dtype: Callable[[Call], str],
    found: Callable[[Call], tuple[Hazard, ...]] = lambda call: (),
) -> Contract:
    """The contract of one of the two.

    Args:
        name: Name of the class.
        function: Name of its functional twin.
        scores: What the input is.
        about: The loss in one sentence.
        weights: Roles of the weights, which are spread into the input.
        rules: What must hold beside the shapes.
        dtype: The dtype of the loss.
        found: What is legal and rarely meant.
    """
    factors = dict.fromkeys(weights, "(...) spread into the input, a factor for each loss")
    return Contract(
        name=name,
        types=losses.types(name, function),
        reads=("reduction", *weights, *losses.LEGACY),
        arguments=("input", "target"),
        returns=("output",),
        letters=losses.LETTERS,
        bind=no_bindings,
        forms=losses.forms(
            "",
            {"input": "...", "target": "...", **dict.fromkeys(weights, "...")},
            "...",
            meanings={"input": scores, "target": TARGET, **factors},
            optional=weights,
            spreads=weights,
        ),
        reasons={**losses.REASONS, "target....": SAME},
        dtypes=lambda call: {"output": dtype(call)},
        looks={"input": ("min", "max"), "target": ("min", "max")},
        rules=(
            losses.reduction_rule(*losses.REDUCTIONS),
            losses.tensor_rule(*weights),
            *rules,
            losses.device_rule("input", "target", *weights),
        ),
        advise=_advise,
        hazards=lambda call: (*hazards.nothing_to_average(call), *found(call)),
        teaching=losses.TEACHING,
        about=about,
        source=f"https://docs.pytorch.org/docs/stable/generated/torch.nn.{name}.html",
    )


def weight_rules(*roles: str) -> tuple[Rule, ...]:
    """Weights are spread into the target, never the target into them."""
    return tuple(
        losses.spreads_rule(
            role,
            into="target",
            alone=True,
            reason=f"{role} is multiplied into the losses, so it takes the shape of the target; it cannot make the "
            "target larger",
        )
        for role in roles
    )


def scores_rule(reason: str) -> Rule:
    """The input is of floats; where whole numbers stand there and floats at the target, the two are exchanged."""
    plain = losses.float_rule("input", reason)

    def broken(call: Call) -> Violation | None:
        found = plain.broken(call)
        if found is None or not is_exchanged(call):
            return found
        return replace(
            found,
            reason="these are whole numbers, as labels are, and the target holds floats: the prediction comes first",
            advice=EXCHANGE,
        )

    return replace(plain, broken=broken)


def is_exchanged(call: Call) -> bool:
    """Whether the answers stand where the scores belong, by their dtypes."""
    scores, target = call.inputs.get("input"), call.inputs.get("target")
    return scores is not None and target is not None and are_answers_first(scores, target)


def in_range_rule(role: str, reason: str) -> Rule:
    """The values of a tensor lie between 0 and 1, where torch looks at them."""

    def broken(call: Call) -> Violation | None:
        record, facts = call.inputs.get(role), call.values.get(role)
        if record is None or not facts or "min" not in facts:
            return None
        least, most = facts["min"], facts["max"]
        # Written so that NaN is outside.
        if least >= 0 and most <= 1:
            return None
        found = Violation(
            "value",
            role,
            got=record.shape,
            expected_text="values in [0, 1]",
            got_text=f"values from {least:.4g} to {most:.4g}",
            advice="torch.sigmoid(input)" if role == "input" else "",
        )
        if role == "input" or not are_answers(call, "input"):
            return found
        return replace(
            found,
            reason="the input goes from 0 to 1 exactly, as answers do, so the two are exchanged: the prediction comes "
            "first, and as a probability",
            advice=EXCHANGE,
        )

    return Rule(f"{role} in [0, 1]", broken, reason=reason)


def are_answers(call: Call, role: str) -> bool:
    """Whether the numbers reach 0 and 1, both exactly, as answers do and the outputs of a model hardly ever."""
    facts = call.values.get(role, {})
    return facts.get("min") == 0 and facts.get("max") == 1


def _advise(call: Call, found: Violation) -> str:
    scores, target = call.inputs.get("input"), call.inputs.get("target")
    if found.role != "target" or found.kind not in ("ndim", "size") or scores is None or target is None:
        return ""
    if simpler := hazards.reshaping("target", target.shape, scores.shape):
        return simpler
    return "target.expand_as(input)" if broadcast(scores.shape, target.shape) == scores.shape else ""
