"""Sines and cosines take turns in a table of odd width."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import odd_columns


def _recognise(evidence: Evidence) -> Recognition | None:
    found = odd_columns(failed(evidence, "__setitem__"))
    if found is None:
        return None
    return Recognition(f"there are {found[0]} odd columns, and {found[1]} are to be stored in them", weight=7)


BAD = """\
import torch

width = 15
angles = torch.randn(20, (width + 1) // 2)
table = torch.zeros(20, width)
table[:, 0::2] = torch.sin(angles)
table[:, 1::2] = torch.cos(angles)
print(table.shape)
"""

GOOD = BAD.replace(
    "width = 15",
    "width = 16",
)

FAULT = Fault(
    code="SC548",
    slug="odd_width_for_pairs",
    headline="sines and cosines take turns in a table of odd width",
    why=(
        "In a table of positions a sine stands in every even column and a cosine in every odd one. If the width "
        "is odd, there is one odd column less, and as many cosines as sines do not go in."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="An even width for sines and cosines in turns, or one cosine less.",
    messages=(r"The expanded size of the tensor \(\d+\) must match the existing size \(\d+\)",),
)
