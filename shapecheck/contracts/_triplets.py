"""What the two triplet losses share: the distances of an anchor to something near and to something far."""

from __future__ import annotations

import math

from shapecheck.contract import Call, Rule
from shapecheck.contracts import _losses as losses
from shapecheck.contracts._arithmetic import REAL_PARTS, ImpossibleError, Value, broadcast, of
from shapecheck.findings import Violation

ROLES = ("anchor", "positive", "negative")
VECTORS = (
    "the loss measures how far the anchor is from the positive and from the negative, vector by vector along the last "
    "axis, so all three have the same shape, (N, D); torch spreads axes of size 1, and here not even "
    "that makes them fit"
)
MEANINGS = {
    "anchor": "the vector to be compared with, one for each triplet",
    "positive": "a vector that should be near",
    "negative": "a vector that should be far",
}
FORMS = losses.forms(
    "",
    {"anchor": "... D", "positive": "...", "negative": "..."},
    "...",
    spreads=("positive", "negative"),
    meanings=MEANINGS,
    when=lambda call: call.inputs["anchor"].ndim > 0,
) + losses.forms(
    "single numbers",
    {"anchor": "", "positive": "...", "negative": "..."},
    "",
    spreads=("positive", "negative"),
    when=lambda call: call.inputs["anchor"].ndim == 0,
    meanings=MEANINGS,
)


def formula(call: Call) -> Value:
    """The shape and dtype of the loss."""
    anchor, positive, negative = (of(call.inputs[role]) for role in ROLES)
    near, far = _distance(call, anchor, positive), _distance(call, anchor, negative)
    if call.config.get("swap"):
        far = far.plus(_distance(call, positive, negative))
    return near.with_number().plus(far).reduced(losses.reduction_of(call))


def _distance(call: Call, left: Value, right: Value) -> Value:
    gaps = left.minus(right).with_number()
    order = call.config.get("p", 2.0)
    is_extreme = isinstance(order, (int, float)) and (math.isinf(order) or order < 0)
    if gaps.shape and gaps.shape[-1] == 0 and is_extreme:
        raise ImpossibleError("size", "the largest or smallest of no numbers is none")
    return Value(gaps.shape[:-1], REAL_PARTS.get(gaps.dtype, gaps.dtype))


def small_margin(call: Call) -> Violation | None:
    """A margin of 0 or less."""
    margin = call.config.get("margin", 1.0)
    if not isinstance(margin, (int, float)) or margin > 0:
        return None
    return Violation("value", "margin", expected_text="a margin above 0", got_text=f"{margin}")


def other_ndim(call: Call) -> Violation | None:
    """Tensors of another number of axes than the anchor."""
    anchor = call.inputs["anchor"]
    for role in ROLES[1:]:
        record = call.inputs.get(role)
        if record is not None and record.ndim != anchor.ndim:
            return losses.unlike(role, record, anchor)
    return None


def apart(call: Call) -> Violation | None:
    """Tensors that do not fit the anchor, or each other."""
    records = [call.inputs[role] for role in ROLES if role in call.inputs]
    if len(records) < 3 or other_ndim(call) is not None:
        return None
    anchor, positive, negative = records
    for record in (positive, negative):
        if broadcast(anchor.shape, record.shape) is None:
            return losses.misfit(record.role, record, anchor)
    near, far = (broadcast(anchor.shape, record.shape) or () for record in (positive, negative))
    if broadcast(near[:-1], far[:-1]) is None or (
        call.config.get("swap") and broadcast(positive.shape, negative.shape) is None
    ):
        return losses.misfit("negative", negative, positive)
    return None


RULES = (
    Rule("as many axes in all three", other_ndim, reason=VECTORS),
    Rule("shapes that fit together", apart, reason=VECTORS),
    Rule(
        "a margin above 0",
        small_margin,
        reason="the margin says by how much the negative should be farther than the positive",
    ),
)
