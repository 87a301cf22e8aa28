"""The sizes given to view do not hold the numbers that are there."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.output.batch_size_written_down import FAULT as BATCH_SIZE
from shapecheck.reading.failing import failed, numbers, says, shape


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "view", "reshape", "unflatten")
    if operation is None or not says(evidence, r"invalid for input of size"):
        return None
    if BATCH_SIZE.recognise(evidence) is not None:
        return None
    sizes, written = shape(operation, "self", "input"), numbers(operation, "shape", "size")
    total = 1
    for size in sizes or ():
        total *= size
    asked = ", ".join("?" if size is None else str(size) for size in written)
    return Recognition(f"the tensor {sizes} holds {total} numbers, and ({asked}) does not", weight=4)


BAD = """\
import torch

out = torch.randn(4, 7, 16)
rows = out.view(-1, 15)
print(rows.shape)
"""

GOOD = BAD.replace(
    "out.view(-1, 15)",
    "out.view(-1, 16)",
)

FAULT = Fault(
    code="SC314",
    slug="view_of_wrong_sizes",
    headline="the sizes given to view do not hold the numbers that are there",
    why=(
        "view and reshape cut the same numbers into other pieces, so the product of the sizes must stay the same. "
        "One of them may be -1 and is then computed. Take the others from the tensor or from the layer, not from "
        "memory."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="The product of the sizes stays the same.",
    messages=(r"shape '\[.*\]' is invalid for input of size \d+",),
)
