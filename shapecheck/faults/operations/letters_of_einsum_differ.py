"""A letter of einsum stands for two different sizes."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, tensors


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "einsum")
    if operation is None:
        return None
    told = ", ".join(f"{item.expression} {item.value.record.shape}" for item in tensors(operation) if item.value.record)
    return Recognition(f"{told}: each letter stands for one axis and one size in all of them", weight=5)


BAD = """\
import torch

weights = torch.rand(4, 7)
values = torch.randn(4, 7, 16)
mean = torch.einsum("bt,tbh->bh", weights, values)
print(mean.shape)
"""

GOOD = BAD.replace(
    '"bt,tbh->bh"',
    '"bt,bth->bh"',
)

FAULT = Fault(
    code="SC540",
    slug="letters_of_einsum_differ",
    headline="a letter of einsum stands for two different sizes",
    why=(
        "In an equation of einsum every letter names one axis. The letters of an operand stand in the order of "
        "its axes, and the same letter means the same size everywhere."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="One letter, one axis, one size.",
    messages=(
        r"einsum\(\): ",
        r"does not broadcast with previously seen size",
    ),
)
