"""nn.TripletMarginWithDistanceLoss: the triplet loss with a distance of your own."""

from __future__ import annotations

from dataclasses import replace

from shapecheck.contract import Call, Form
from shapecheck.contracts import _formula as formulas
from shapecheck.contracts import _losses as losses
from shapecheck.contracts import _triplets as triplets
from shapecheck.contracts._arithmetic import Value


def _has_own_distance(call: Call) -> bool:
    return call.config.get("distance_function") not in (None, "PairwiseDistance")


def _is_unknown(call: Call) -> bool:
    """Whether the shape of what comes back cannot be said."""
    if _has_own_distance(call):
        return True
    may_keep = call.config.get("distance_function") is not None and "distance_function.keepdim" not in call.config
    return may_keep and losses.reduction_of(call) == "none"


def _formula(call: Call) -> Value:
    if _has_own_distance(call):
        # Nobody but its author knows what comes back.
        return Value((), call.inputs["anchor"].dtype)
    loss = triplets.formula(call)
    is_kept = call.config.get("distance_function.keepdim") and losses.reduction_of(call) == "none"
    is_kept = is_kept and call.inputs["anchor"].ndim > 0
    return Value((*loss.shape, 1), loss.dtype) if is_kept else loss


_OWN = Form(
    "a distance of your own, about whose result nothing is known",
    _is_unknown,
    {"anchor": "...", "positive": "...", "negative": "..."},
    {},
    spreads=("positive", "negative"),
    meanings=triplets.MEANINGS,
)

CONTRACT = formulas.contract(
    "TripletMarginWithDistanceLoss",
    "triplet_margin_with_distance_loss",
    _formula,
    roles=triplets.ROLES,
    about="Three tensors of one shape: by your distance the positive should be nearer to the anchor than the negative.",
    forms=(_OWN, *triplets.FORMS),
    spread=(("anchor", "positive"), ("anchor", "negative")),
    reads=("margin", "swap", "distance_function", "distance_function.keepdim"),
    legacy=(),
    reductions=formulas.REDUCTIONS,
    letters={"D": "how many numbers a vector has"},
    first_rules=(
        triplets.RULES[0],
        replace(
            triplets.RULES[1],
            broken=lambda call: None if _has_own_distance(call) else triplets.apart(call),
        ),
        triplets.RULES[2],
    ),
)
