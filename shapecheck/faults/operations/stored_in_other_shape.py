"""What is stored does not fit its place in the buffer."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, shape
from shapecheck.reading.sizes.said_sizes import stored


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "__setitem__", "copy_", "index_copy_")
    sizes, given = (shape(operation, "self"), shape(operation, "value", "other")) if operation else (None, None)
    said = stored(evidence)
    if said is not None:
        return Recognition(f"the place in the buffer is {said[0]}, and {said[1]} is to be stored there", weight=0)
    if sizes is None or given is None:
        return None
    return Recognition(f"the buffer is {sizes}, and {given} is to be stored at an index of it", weight=0)


BAD = """\
import torch

outputs = torch.zeros(7, 4, 16)
for t in range(7):
    outputs[:, t] = torch.randn(4, 16)
print(outputs.shape)
"""

GOOD = BAD.replace(
    "torch.zeros(7, 4, 16)",
    "torch.zeros(4, 7, 16)",
)

FAULT = Fault(
    code="SC542",
    slug="stored_in_other_shape",
    headline="what is stored does not fit its place in the buffer",
    why=(
        "A buffer for the outputs of a loop is either (steps, batch_size, ...), filled by outputs[t], or "
        "(batch_size, steps, ...), filled by outputs[:, t]. Collecting the steps in a list and torch.stack(steps, "
        "dim=1) needs no buffer."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Make the buffer in the layout in which it is filled.",
    messages=(
        r"The expanded size of the tensor \(\d+\) must match the existing size \(\d+\)",
        r"shape mismatch: value tensor of shape",
        r"could not broadcast input array from shape",
    ),
)
