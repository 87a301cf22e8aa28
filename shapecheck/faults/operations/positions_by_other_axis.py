"""A table is cut to the length of another axis than the one that it runs along."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.samples.cut_by_samples import cut_by_samples
from shapecheck.reading.sizes.asked_sizes import asked_of_other_axis


def _recognise(evidence: Evidence) -> Recognition | None:
    found = next(cut_by_samples(evidence), None) or next(asked_of_other_axis(evidence), None)
    if found is None:
        return None
    because = f"{found.item.expression} is cut by {found.span.text}; the axis that it must go with is {found.text}"
    return Recognition(because, weight=6, place=found.span)


BAD = """\
import torch

table = torch.randn(50, 16)  # one row for each step


def with_positions(x):  # (batch_size, seq_length, width)
    return x + table[: x.size(0)]


print(with_positions(torch.randn(4, 7, 16)).shape)
"""

GOOD = BAD.replace(
    "x.size(0)",
    "x.size(1)",
)

FAULT = Fault(
    code="SC545",
    slug="positions_by_other_axis",
    headline="a table is cut to the length of another axis than the one that it runs along",
    why=(
        "A table of positions has one row for each step, and is cut to the steps of the batch at hand. x.size(0) "
        "is the number of steps only where time stands first; with the batch first it is x.size(1)."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Ask the axis that the table runs along.",
    messages=(r"The size of tensor a \(\d+\) must match the size of tensor b \(\d+\) at non-singleton dimension \d+",),
)
