"""A float stands where something is counted."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.sizes.float_sizes import float_sizes


def _recognise(evidence: Evidence) -> Recognition | None:
    found = float_sizes(evidence)
    if not found:
        return None
    texts = [f"{size.span.text} is the float {size.text}" for size in found if size.text != size.span.text]
    return Recognition(f"{', '.join(texts) or found[0].text + ' gives a float'}; what is counted is an int", weight=6)


BAD = """\
import torch

steps, heads = torch.randn(4, 7, 12), 3
print(steps.view(4, 7, heads, 12 / heads).shape)
"""

GOOD = BAD.replace("12 / heads", "12 // heads")

FAULT = Fault(
    code="SC567",
    slug="float_as_size",
    headline="a float stands where a whole number is counted",
    why=(
        "`/` gives a float even where nothing is left over. Sizes, bounds of slices and numbers of parts are counted, "
        "and torch and Python take ints alone for them."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="// for sizes.",
    messages=(
        r"type must be tuple of ints, ?but got float",
        r"must be (tuple of ints|int), not float",
        r"slice indices must be integers",
    ),
)
