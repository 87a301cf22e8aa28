"""nn.HingeEmbeddingLoss: distances against whether the two things belong together, 1 or -1."""

from __future__ import annotations

from shapecheck.contract import Call
from shapecheck.contracts import _formula as formulas
from shapecheck.contracts import _losses as losses
from shapecheck.contracts._arithmetic import COMPLEX, ImpossibleError, Value, both
from shapecheck.contracts._signs import sign_hazards

_PAIRED = (
    "the loss takes each distance with the 1 or -1 at the same place of the target, so both have the same shape; torch "
    "spreads axes of size 1, and here not even that makes them fit"
)


def _formula(call: Call) -> Value:
    distances, target = call.inputs["input"], call.inputs["target"]
    if distances.dtype == "bool":
        raise ImpossibleError("dtype", "torch does not subtract tensors of dtype bool")
    if distances.dtype in COMPLEX:
        raise ImpossibleError("dtype", f"torch does not order numbers of {distances.dtype}")
    # The target is only compared with 1 and -1: its dtype does not count.
    return Value(both(distances.shape, target.shape), distances.dtype).reduced(losses.reduction_of(call))


CONTRACT = formulas.contract(
    "HingeEmbeddingLoss",
    "hinge_embedding_loss",
    _formula,
    roles=("input", "target"),
    about="Distances against 1 (make it small) or -1 (make it at least the margin), of the same shape.",
    forms=losses.forms(
        "",
        {"input": "...", "target": "..."},
        "...",
        spreads=("target",),
        meanings={"input": "distances, one for each pair", "target": "1 where a pair belongs together, -1 where not"},
    ),
    spread=(("input", "target"),),
    first_rules=(losses.spreads_rule("target", into="input", reason=_PAIRED),),
    looks={"target": ("min", "max", "is_whole")},
    found=lambda call: sign_hazards(call, "a label of 0 counts as both together and apart"),
)
