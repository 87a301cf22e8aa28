"""expand was asked for sizes that cannot be repeated into."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, shape


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "expand", "expand_as")
    sizes = shape(operation, "self", "input")
    if sizes is None:
        return None
    return Recognition(
        f"of the tensor {sizes} only axes of size 1 can be repeated, and new ones come in front", weight=5
    )


BAD = """\
import torch

state = torch.randn(4, 16)
memory = torch.randn(4, 7, 16)
repeated = state.expand(4, 7, 16)
print((repeated * memory).shape)
"""

GOOD = BAD.replace(
    "state.expand(4, 7, 16)",
    "state.unsqueeze(1).expand(4, 7, 16)",
)

FAULT = Fault(
    code="SC317",
    slug="expand_to_other_sizes",
    headline="expand was asked for sizes that cannot be repeated into",
    why=(
        "expand repeats axes of size 1 and may add axes in front. A vector for each sample needs an axis of size "
        "1 in the place of the one that it is to be repeated along: unsqueeze(1) before expand."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="First unsqueeze, then expand.",
    messages=(
        r"The expanded size of the tensor \(\d+\) must match the existing size",
        r"the number of sizes provided \(\d+\) must be greater or equal",
    ),
)
