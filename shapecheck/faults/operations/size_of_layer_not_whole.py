"""A size of a layer is no whole number."""

from __future__ import annotations

from shapecheck.evidence import Evidence, Value
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import made, no_whole, says


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = made(evidence)
    if operation is None or not says(evidence, r"\bints?\b.*\b(?:float|str)\b"):
        return None
    wrong = no_whole(operation)
    if not wrong:
        return None
    texts = [f"{item.expression} is {_what(item.value)}" for item in wrong]
    return Recognition(f"{', '.join(texts)}; a size is counted, so it is an int", weight=6)


def _what(given: Value) -> str:
    return "a text" if given.kind == "text" else f"the float {given.text}"


BAD = """\
import torch
from torch import nn

width = 16
linear = nn.Linear(width / 2, 3)
print(linear(torch.randn(4, 8)).shape)
"""

GOOD = BAD.replace("width / 2", "width // 2")

FAULT = Fault(
    code="SC537",
    slug="size_of_layer_not_whole",
    headline="a size of a layer is no whole number",
    why=(
        "`/` gives a float even where nothing is left over, what was read from a file or the command line is a text, "
        "and layers take ints alone."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="// for sizes; int() for what was read.",
    messages=(
        r"should be of type int, got: (float|str)",
        r"must be tuple of ints, ?but (got|found element of type) (float|str)",
    ),
)
