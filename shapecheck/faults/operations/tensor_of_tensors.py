"""A tensor was to be made of a list of tensors as if they were numbers."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.joined.listed_tensors import listed_tensors


def _recognise(evidence: Evidence) -> Recognition | None:
    item = listed_tensors(evidence)
    if item is None:
        return None
    shapes = {each.record.shape for each in item.value.items if each.record is not None}
    told = f" {' and '.join(map(str, sorted(shapes)[:2]))}" if shapes else " with several numbers each"
    return Recognition(f"{item.expression[:60]} holds tensors{told}; torch.tensor reads numbers alone", weight=8)


BAD = """\
import torch

rows = torch.randn(6, 4)
means = [rows[:3].mean(dim=0), rows[3:].mean(dim=0)]
print(torch.tensor(means).shape)
"""

GOOD = BAD.replace("torch.tensor(means)", "torch.stack(means)")

FAULT = Fault(
    code="SC574",
    slug="tensor_of_tensors",
    headline="a tensor was to be made of a list of tensors",
    why=(
        "torch.tensor reads numbers, and a tensor of several numbers is none. torch.stack puts tensors of the same "
        "shape together along a new axis, torch.cat along one that they have; both keep the way back for gradients, "
        "which torch.tensor would cut off."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="torch.tensor for numbers, torch.stack for tensors.",
    messages=(
        r"only one element tensors can be converted to Python scalars",
        r"only integer tensors of a single element can be converted to an index",
    ),
)
