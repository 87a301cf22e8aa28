"""An axis was named that the tensor does not have."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, says, shape, tensors
from shapecheck.reading.samples.first_axis_squeezed import first_axis_squeezed


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence)
    if operation is None or not says(
        evidence, r"Dimension out of range", r"Dimension specified as", r"axis \d+ is out of bounds"
    ):
        return None
    if first_axis_squeezed(evidence) is not None:
        # With more than one sample it is there.
        return None
    sizes = shape(operation, "self", "input")
    if sizes is None:
        sizes = next((item.value.record.shape for item in tensors(operation) if item.value.record), None)
    seen = f"the tensor is {sizes}: " if sizes is not None else ""
    return Recognition(
        f"{seen}its axes count from 0 to {max(len(sizes or ()) - 1, 0)}, or from the end from -1", weight=4
    )


BAD = """\
import torch

out = torch.randn(4, 16)  # the last step of 4 sequences
best = out.softmax(dim=2)
print(best.shape)
"""

GOOD = BAD.replace(
    "dim=2",
    "dim=1",
)

FAULT = Fault(
    code="SC315",
    slug="axis_that_is_not_there",
    headline="an axis was named that the tensor does not have",
    why=(
        "Axes count from 0. A tensor that lost an axis on the way, by an index, by squeeze or by taking the last "
        "step, has one axis fewer than the code behind it thinks. dim=-1 is always the last one."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Count the axes behind every index and squeeze.",
    messages=(r"Dimension out of range \(expected to be in range of \[-?\d+, \d+\], but got -?\d+\)",),
)
