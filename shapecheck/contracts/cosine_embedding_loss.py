"""nn.CosineEmbeddingLoss: pairs of vectors against whether they should point the same way, 1 or -1."""

from __future__ import annotations

from shapecheck.contract import Call, Rule
from shapecheck.contracts import _formula as formulas
from shapecheck.contracts import _losses as losses
from shapecheck.contracts._arithmetic import COMPLEX, ImpossibleError, Value, as_float, both, broadcast, is_whole, of
from shapecheck.contracts._signs import sign_hazards
from shapecheck.findings import Violation

_VECTORS = "the loss compares two vectors for each label: (N, D) and (N, D) against (N,), or (D,) and (D,) against ()"


def _summed(value: Value, axis: int) -> Value:
    """The sum along one axis."""
    if axis >= max(len(value.shape), 1):
        raise ImpossibleError("size", f"{value.shape} has no axis {axis} that holds the vectors")
    dtype = "int64" if is_whole(value.dtype) else value.dtype
    return Value(value.shape[:axis] + value.shape[axis + 1 :], dtype)


def _formula(call: Call) -> Value:
    left, right, labels = (of(call.inputs[role]) for role in ("input1", "input2", "target"))
    axis = len(labels.shape)
    lengths = _summed(left, axis).with_number().plus(_summed(right, axis).with_number())
    cosines = _summed(left.plus(right), axis).over(lengths)
    if cosines.dtype in COMPLEX:
        raise ImpossibleError("dtype", f"torch does not order numbers of {cosines.dtype}")
    loss = Value(both(labels.shape, cosines.shape), as_float(cosines.dtype))
    return loss.reduced(losses.reduction_of(call))


def _many_labels(call: Call) -> Violation | None:
    labels, first = call.inputs.get("target"), call.inputs["input1"]
    if labels is None or labels.ndim == first.ndim - 1:
        return None
    return Violation(
        "ndim",
        "target",
        expected=losses.axes_of(first)[:1] if first.ndim == 2 else (),
        got=labels.shape,
        expected_text="" if first.ndim == 2 else "()",
        advice=f"target.squeeze({labels.ndim - 1})" if labels.shape[-1:] == (1,) and labels.ndim == first.ndim else "",
    )


def _apart(call: Call) -> Violation | None:
    left, right = call.inputs["input1"], call.inputs.get("input2")
    if right is None or (right.ndim == left.ndim and broadcast(left.shape, right.shape) is not None):
        return None
    return losses.misfit("input2", right, left)


CONTRACT = formulas.contract(
    "CosineEmbeddingLoss",
    "cosine_embedding_loss",
    _formula,
    roles=("input1", "input2", "target"),
    about="Two vectors (N, D) for each pair against 1 (make them alike) or -1 (keep them apart), (N,).",
    forms=(
        *losses.forms(
            "one pair",
            {"input1": "D", "input2": "...", "target": "..."},
            "...",
            when=lambda call: call.inputs["input1"].ndim == 1,
            spreads=("input2", "target"),
            meanings={"input1": "one vector", "input2": "the other vector", "target": "(), 1 or -1"},
        ),
        *losses.forms(
            "pairs",
            {"input1": "N D", "input2": "...", "target": "..."},
            "...",
            when=lambda call: call.inputs["input1"].ndim == 2,
            spreads=("input2", "target"),
            meanings={
                "input1": "one vector of each pair",
                "input2": "the other vector of each pair",
                "target": "(minibatch,), 1 or -1 for each pair",
            },
        ),
    ),
    spread=(("input1", "input2"),),
    reasons={"input1.ndim": _VECTORS},
    letters={"D": "how many numbers a vector has"},
    first_rules=(
        Rule("one label for each pair of vectors", _many_labels, reason=_VECTORS),
        Rule("vectors that fit together", _apart, reason=_VECTORS),
    ),
    looks={"target": ("min", "max", "is_whole")},
    found=lambda call: sign_hazards(call, "a pair with label 0 costs nothing, so nothing is learned from it"),
)
