"""nn.MarginRankingLoss: two scores against which of them should be higher, 1 or -1."""

from __future__ import annotations

from shapecheck.contract import Call, Rule
from shapecheck.contracts import _formula as formulas
from shapecheck.contracts import _losses as losses
from shapecheck.contracts._arithmetic import COMPLEX, ImpossibleError, Value, broadcast, of
from shapecheck.contracts._signs import sign_hazards
from shapecheck.findings import Violation

_PAIRED = (
    "the loss takes the two scores and the label at the same place, so all three have the same shape; "
    "torch spreads axes "
    "of size 1, and here not even that makes them fit"
)


def _formula(call: Call) -> Value:
    labels = of(call.inputs["target"])
    if labels.dtype == "bool":
        raise ImpossibleError("dtype", "torch does not negate tensors of dtype bool")
    scores = of(call.inputs["input1"]).minus(of(call.inputs["input2"]))
    loss = labels.plus(scores).with_number()
    if loss.dtype in COMPLEX:
        raise ImpossibleError("dtype", f"torch does not order numbers of {loss.dtype}")
    return loss.reduced(losses.reduction_of(call))


def _other_ndim(call: Call) -> Violation | None:
    first = call.inputs["input1"]
    for role in ("input2", "target"):
        record = call.inputs.get(role)
        if record is not None and record.ndim != first.ndim:
            return losses.unlike(role, record, first)
    return None


def _all_three(call: Call) -> Violation | None:
    """Two of them may fit the first, and not each other."""
    records = [call.inputs[role] for role in ("input1", "input2", "target") if role in call.inputs]
    if broadcast(*(record.shape for record in records)) is not None or len(records) < 3:
        return None
    first, second, target = records
    blamed = second if broadcast(first.shape, second.shape) is None else target
    like = first if broadcast(first.shape, blamed.shape) is None else second
    return losses.misfit(blamed.role, blamed, like)


_SAME_NDIM = Rule("as many axes in all three", _other_ndim, reason=_PAIRED)

CONTRACT = formulas.contract(
    "MarginRankingLoss",
    "margin_ranking_loss",
    _formula,
    roles=("input1", "input2", "target"),
    about="Two scores for each pair against 1 (the first should win) or -1 (the second), all of one shape.",
    forms=losses.forms(
        "",
        {"input1": "...", "input2": "...", "target": "..."},
        "...",
        spreads=("input2", "target"),
        meanings={
            "input1": "the score of the first of each pair",
            "input2": "the score of the second of each pair",
            "target": "1 where the first should be higher, -1 where the second should",
        },
    ),
    spread=(("input1", "input2"), ("input1", "target")),
    first_rules=(
        _SAME_NDIM,
        Rule(
            "shapes that fit together",
            lambda call: None if _SAME_NDIM.broken(call) else _all_three(call),
            reason=_PAIRED,
        ),
    ),
    looks={"target": ("min", "max", "is_whole")},
    found=lambda call: sign_hazards(call, "a pair with label 0 costs the margin whatever its scores are"),
)
