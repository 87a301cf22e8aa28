"""view() was asked of a tensor whose axes were exchanged."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, says, value
from shapecheck.reading.mismatches import sizes_of


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "view", "view_as", "unflatten")
    if operation is None or not says(evidence, r"contiguous", r"stride"):
        return None
    given = value(operation, "self", "input")
    sizes = sizes_of(given)
    return Recognition(
        f"the tensor {sizes} lies in memory in another order than its axes say, after a transpose, permute or expand",
        weight=5,
    )


BAD = """\
import torch

steps = torch.randn(4, 7, 16).transpose(0, 1)  # (seq_length, batch_size, hidden_size)
rows = steps.view(-1, 16)
print(rows.shape)
"""

GOOD = BAD.replace(
    "steps.view(-1, 16)",
    "steps.reshape(-1, 16)",
)

FAULT = Fault(
    code="SC311",
    slug="view_of_turned_tensor",
    headline="view() was asked of a tensor whose axes were exchanged",
    why=(
        "view() gives the same memory another shape, and can do so only where the axes lie in memory in their "
        "order. transpose and permute change the order and leave the memory. reshape copies where it must; "
        "contiguous().view(...) is the same. Make sure that the order of the axes is what you want before they "
        "are merged."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="reshape, or contiguous() before view.",
    messages=(
        r"view size is not compatible with input tensor's size and stride",
        r"Use \.reshape\(\.\.\.\) instead",
    ),
)
