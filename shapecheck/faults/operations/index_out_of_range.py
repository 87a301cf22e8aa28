"""An index points behind the end of an axis."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, says, shape


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "__getitem__", "select", "index_select", "gather", "narrow", "__setitem__")
    if operation is None or not says(evidence, r"out of bounds", r"out of range", r"exceeds dimension size"):
        return None
    sizes = shape(operation, "self", "input")
    if sizes is None:
        return None
    return Recognition(f"the tensor is {sizes}, and positions count from 0", weight=4)


BAD = """\
import torch

lengths = torch.tensor([7, 5, 3, 2])
out = torch.randn(4, 7, 16)
last = out[torch.arange(4), lengths]
print(last.shape)
"""

GOOD = BAD.replace(
    "lengths]",
    "lengths - 1]",
)

FAULT = Fault(
    code="SC520",
    slug="index_out_of_range",
    headline="an index is out of range of its axis",
    why=(
        "An axis of size n has the positions 0 to n - 1, or from the end -1 to -n. The last step of a sequence of "
        "length n stands at n - 1; an index that counts along another axis than was meant overruns it too."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="The last position is size - 1.",
    messages=(
        r"index \d+ is out of bounds for dimension \d+ with size \d+",
        r"index out of range",
    ),
)
