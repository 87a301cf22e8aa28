"""A parameter was changed in place where gradients are recorded."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import says


def _recognise(evidence: Evidence) -> Recognition | None:
    if not says(evidence, r"leaf Variable that requires grad is being used in an in-place operation"):
        return None
    return Recognition("this line writes into a parameter while gradients are recorded", "proved", weight=5)


BAD = """\
import torch

weight = torch.zeros(3, requires_grad=True)
weight += 1
print(weight)
"""

GOOD = BAD.replace(
    "weight += 1",
    "with torch.no_grad():\n    weight += 1",
)

FAULT = Fault(
    code="SC533",
    slug="parameter_changed_in_place",
    headline="a parameter was changed in place while gradients are recorded",
    why=(
        "A tensor with requires_grad=True is where gradients end. To write into it is no step that could be "
        "differentiated, so it is allowed only under torch.no_grad(): there an update, or a first value, belongs."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Set and update parameters under torch.no_grad().",
    messages=(r"leaf Variable that requires grad is being used in an in-place operation",),
)
