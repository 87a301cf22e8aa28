"""A tensor that backward needs was changed in place."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import says
from shapecheck.reading.in_place import GAVE, changes_in_place


def _recognise(evidence: Evidence) -> Recognition | None:
    found = says(evidence, GAVE)
    if found is None or not says(evidence, r"modified by an inplace operation"):
        return None
    changes = changes_in_place(evidence)
    place = changes[0].span if len(changes) == 1 or (changes and changes[0].fits) else None
    return Recognition(
        f"backward needs ({found[1]}), which {found[2]} gave, as it was, and it has been overwritten since",
        "proved" if place is not None else "likely",
        weight=5,
        place=place,
    )


BAD = """\
import torch

weight = torch.randn(3, requires_grad=True)
gate = torch.sigmoid(weight)
gate *= 2
gate.sum().backward()
print(weight.grad)
"""

GOOD = BAD.replace(
    "gate *= 2",
    "gate = gate * 2",
)

FAULT = Fault(
    code="SC532",
    slug="changed_in_place",
    headline="a tensor that backward needs was changed in place",
    why=(
        "Many operations keep what they gave for their gradient: the slope of a sigmoid is s * (1 - s). x *= 2, "
        "x[0] = 1, methods that end in _ and inplace=True write into the same memory. Another name for a tensor is no "
        "copy of it."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="x = x * 2 makes a new tensor; x *= 2 spoils the old one.",
    messages=(r"one of the variables needed for gradient computation has been modified by an inplace operation",),
)
