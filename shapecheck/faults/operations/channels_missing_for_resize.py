"""A picture without its batch or its channels is to be resized."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, operand, says


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "interpolate", "Upsample", "upsample")
    item = operand(operation, "input")
    if (
        item is None
        or item.value.record is None
        or not says(evidence, r"spatial dimensions", r"mode needs", r"Got \dD")
    ):
        return None
    return Recognition(
        f"{item.expression} is {item.value.record.shape}: the axes behind the second are resized", weight=6
    )


BAD = """\
import torch

mask = torch.rand(1, 20, 20)
small = torch.nn.functional.interpolate(mask, size=(10, 10))
print(small.shape)
"""

GOOD = BAD.replace(
    "interpolate(mask, ",
    "interpolate(mask.unsqueeze(1), ",
)

FAULT = Fault(
    code="SC558",
    slug="channels_missing_for_resize",
    headline="a picture without its batch or its channels is to be resized",
    why=(
        "interpolate reads (batch_size, channels, height, width): the first two axes stay, the rest is resized. A "
        "mask often has neither; one axis too few, and the rows are taken for channels."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Batch and channels stand before the places, also where there is one of each.",
    messages=(
        r"Input and output must have the same number of spatial dimensions",
        r"Got \dD input, but .* mode needs \dD input",
    ),
)
