"""Tensors to be joined have different numbers of axes."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, says, tensors


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "cat", "concat", "concatenate", "hstack", "vstack", "stack")
    given = tensors(operation)
    shapes = [item.value.record.shape for item in given if item.value.record is not None]
    said = says(evidence, r"same number of dimensions: got (\d+) and (\d+)") if operation is not None else None
    if len({len(sizes) for sizes in shapes}) < 2:
        # What a call returned nobody holds, but the exception counts its axes.
        return said and Recognition(
            f"one of them has {said[1]} axes and another {said[2]}: all of them need the same number", weight=5
        )
    told = ", ".join(f"{item.expression} {sizes}" for item, sizes in zip(given, shapes, strict=True))
    return Recognition(f"{told}: all of them need the same number of axes", weight=5)


BAD = """\
import torch

state = torch.randn(4, 16)
memory = torch.randn(4, 7, 16)
summary = memory.mean(dim=1, keepdim=True)
both = torch.cat([state, summary], dim=1)
print(both.shape)
"""

GOOD = BAD.replace(
    ", keepdim=True",
    "",
)

FAULT = Fault(
    code="SC504",
    slug="joined_axes_differ",
    headline="tensors to be joined have different numbers of axes",
    why=(
        "cat and stack want tensors with the same number of axes. An axis of size 1 that was kept (keepdim=True), "
        "or an index that dropped one, makes the difference: squeeze it away or unsqueeze it in."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Same number of axes first, then cat.",
    messages=(r"Tensors must have same number of dimensions: got \d+ and \d+",),
)
