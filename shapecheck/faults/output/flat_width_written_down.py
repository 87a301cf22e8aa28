"""The width of the flattened sample is another than the one written down."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, number
from shapecheck.reading.samples.folded_rows import folded_rows
from shapecheck.reading.sizes.refused_widths import flat_width, took_a_feature, two_directions
from shapecheck.reading.sizes.written_products import product_of_layer


def _recognise(evidence: Evidence) -> Recognition | None:
    folded = folded_rows(evidence)
    if folded is not None:
        return Recognition(
            f"a view by a width of {folded.width} makes {folded.rows} rows of {folded.samples} samples, each of which "
            f"has {folded.right} numbers",
            weight=5,
        )
    width, operation = flat_width(evidence), failed(evidence)
    if width is None or operation is None or two_directions(evidence) or took_a_feature(evidence):
        return None
    product, want = product_of_layer(evidence), number(operation, "in_features")
    factors = f": {product.text}, not {product.span.text}" if product is not None else ""
    return Recognition(
        f"a flattened sample has {width} numbers, and the layer was made for {want}{factors}",
        weight=5,
    )


BAD = """\
import torch
from torch import nn

net = nn.Sequential(nn.Conv2d(1, 6, 5), nn.Flatten(), nn.Linear(6 * 7 * 7, 10))
print(net(torch.randn(4, 1, 12, 12)).shape)
"""

GOOD = BAD.replace(
    "nn.Linear(6 * 7 * 7, 10)",
    "nn.Linear(6 * 8 * 8, 10)",
)

FAULT = Fault(
    code="SC310",
    slug="flat_width_written_down",
    headline="the width of the flattened sample is another than the one written down",
    why=(
        "How many numbers a sample has after convolutions and pooling depends on the size of the image, on "
        "padding and on stride. Written down as a constant it is wrong as soon as one of them changes. Print the "
        "shape once before the flatten, or let nn.LazyLinear find it."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Look at the shape before the flatten; do not compute it in your head.",
    messages=(
        r"mat1 and mat2 shapes cannot be multiplied",
        r"Expected input batch_size \(\d+\) to match target batch_size \(\d+\)",
    ),
)
