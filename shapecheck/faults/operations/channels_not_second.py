"""The channels stand in another axis than the second."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import CONVOLUTIONS, dtype, failed, number, shape


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, *CONVOLUTIONS)
    sizes = shape(operation, "input")
    if operation is None or sizes is None or dtype(operation, "input") != str(operation.config.get("dtype", "float32")):
        return None
    want = number(operation, "in_channels")
    if len(sizes) > 2 and sizes[1] != want and want in sizes[2:]:
        return Recognition(
            f"axis 1 of {sizes} is read as the channels; {want} are expected, and a later axis has them", weight=6
        )
    return None


BAD = """\
import torch
from torch import nn

conv = nn.Conv1d(10, 12, 3)
words = torch.randn(4, 7, 10)  # (batch_size, seq_length, embedding_dim)
print(conv(words).shape)
"""

GOOD = BAD.replace(
    "conv(words)",
    "conv(words.transpose(1, 2))",
)

FAULT = Fault(
    code="SC513",
    slug="channels_not_second",
    headline="the channels stand in another axis than the second",
    why=(
        "Channels and classes stand in axis 1, in front of their places: (batch_size, channels, ...). Embeddings "
        "and recurrent layers put the features last, images from PIL and numpy the colours: their axes must be "
        "permuted before a convolution, and before what is compared with its result."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Convolution: channels second.",
    messages=(r"expected input\[.*\] to have \d+ channels, but got \d+ channels instead",),
)
