"""Two tensors of different sizes were combined."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.operations.kept_from_other_batch import FAULT as KEPT
from shapecheck.faults.state.all_layers_of_state_used import FAULT as ALL_LAYERS
from shapecheck.reading.failing import failed, says, tensors, value

_OF_ARRAYS = (
    r"operands could not be broadcast together with shapes (.*)",
    r"non-broadcastable output operand with shape (.*)",
)
_NAMES = (
    "add",
    "sub",
    "mul",
    "div",
    "pow",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "where",
    "add_",
    "sub_",
    "mul_",
    "div_",
    "masked_fill",
    "masked_fill_",
    "masked_select",
    "maximum",
    "minimum",
    "max",
    "min",
)


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, *_NAMES)
    given = tensors(operation)
    if operation is not None and (said := says(evidence, *_OF_ARRAYS)):
        return Recognition(
            f"{said.group(1).strip()}: from the last axis on, sizes must be equal, or one of them 1", weight=0
        )
    total = failed(evidence, "sum")
    summed = value(total, "iterable")
    if summed is not None and says(evidence, r"must match the size of tensor b"):
        # Python's own sum adds what a list holds.
        told = " and ".join(str(each.record.shape) for each in summed.items if each.record is not None)
        return Recognition(f"the sum is of {told}: sizes must be equal, or one of them 1", weight=0)
    if (
        len(given) < 2
        or says(evidence, r"bool(ean)? (tensors?|masks?)")
        or any(fault.recognise(evidence) for fault in (ALL_LAYERS, KEPT))
    ):
        return None
    told = " and ".join(f"{item.expression} {item.value.record.shape}" for item in given[:2] if item.value.record)
    return Recognition(f"{told}: from the last axis on, sizes must be equal, or one of them 1", weight=0)


BAD = """\
import torch

out = torch.randn(4, 7, 16)
weights = torch.rand(4, 7)
mean = (out * weights).sum(dim=1)
print(mean.shape)
"""

GOOD = BAD.replace(
    "(out * weights)",
    "(out * weights.unsqueeze(-1))",
)

FAULT = Fault(
    code="SC502",
    slug="sizes_do_not_broadcast",
    headline="two tensors of different sizes do not broadcast",
    why=(
        "Shapes are laid against each other from the last axis: sizes must be equal, or one of them 1, or "
        "missing. One number for each step needs an axis of size 1 at its end to go with the features of each "
        "step."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Broadcasting starts at the last axis; unsqueeze the one that is missing.",
    messages=(
        r"The size of tensor a \(\d+\) must match the size of tensor b \(\d+\) at non-singleton dimension \d+",
        *_OF_ARRAYS,
    ),
)
