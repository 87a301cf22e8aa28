"""A convolution has a kernel that is larger than what it is given."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.layers.pools import too_large_a_kernel


def _recognise(evidence: Evidence) -> Recognition | None:
    found = too_large_a_kernel(evidence)
    if found is None:
        return None
    _, kernel, places = found
    return Recognition(
        f"the kernel covers {' x '.join(map(str, kernel))} places, and there are {' x '.join(map(str, places))}, "
        "those of the padding among them",
        weight=6,
    )


BAD = """\
import torch
from torch import nn

words = torch.randn(4, 10, 6)  # (batch_size, embedding_dim, seq_length)
conv = nn.Conv1d(10, 8, kernel_size=9)
print(conv(words).shape)
"""

GOOD = BAD.replace("kernel_size=9", "kernel_size=9, padding=4")

FAULT = Fault(
    code="SC573",
    slug="kernel_larger_than_input",
    headline="the kernel of a convolution is larger than what it is given",
    why=(
        "A convolution without padding has a place for each position at which its kernel fits. Sequences that are "
        "shorter than the kernel, and maps that strides and pools have made small, leave it none. Padding of half the "
        "kernel, longer sequences, a smaller kernel or a pool less give it some."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="An unpadded convolution takes kernel_size - 1 places away: what comes must be longer than that.",
    messages=(r"Kernel size can't be greater than actual input size",),
)
