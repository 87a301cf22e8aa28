"""nn.MultiLabelSoftMarginLoss: scores against yes or no for each class, averaged over the classes."""

from __future__ import annotations

from shapecheck.contract import Call
from shapecheck.contracts import _formula as formulas
from shapecheck.contracts import _losses as losses
from shapecheck.contracts._arithmetic import ImpossibleError, Value, of

_PAIRED = (
    "the loss takes each score with the 1 or 0 of the same sample and class, so both have the same "
    "shape, (N, C); torch "
    "spreads axes of size 1, and here not even that makes them fit"
)


def _formula(call: Call) -> Value:
    scores, target = of(call.inputs["input"]), of(call.inputs["target"])
    # t * logsigmoid(x) + (1 - t) * logsigmoid(-x), with the weight; then the mean over the class axis.
    loss = target.plus(scores).plus(target.rsub_number().plus(scores))
    if "weight" in call.inputs:
        loss = loss.plus(of(call.inputs["weight"]))
    axis = len(scores.shape) - 1
    if not loss.shape:
        raise ImpossibleError("size", "there is no class axis")
    means = Value(loss.shape[:axis] + loss.shape[axis + 1 :], loss.dtype)
    return means.reduced(losses.reduction_of(call))


CONTRACT = formulas.contract(
    "MultiLabelSoftMarginLoss",
    "multilabel_soft_margin_loss",
    _formula,
    roles=("input", "target"),
    about="Raw scores (N, C) against 1 or 0 for each class, of the same shape; one loss for each sample.",
    forms=losses.forms(
        "",
        {"input": "... C", "target": "...", "weight": "..."},
        "...",
        optional=("weight",),
        spreads=("target", "weight"),
        meanings={
            "input": "raw scores, one for each class",
            "target": "1 where the sample is of the class, else 0",
            "weight": "(C,), one weight for each class",
        },
    ),
    spread=(("input", "target"),),
    optional=("weight",),
    reductions=formulas.REDUCTIONS,
    reasons={"input.ndim": "the losses of the classes are averaged, so there must be a class axis, the last one"},
    first_rules=(
        losses.spreads_rule("target", into="input", reason=_PAIRED),
        losses.spreads_rule(
            "weight", into="input", reason="there is one weight for each class, multiplied with the losses: (C,)"
        ),
        losses.float_rule("input", "the scores go through a sigmoid, which gives fractions"),
    ),
)
