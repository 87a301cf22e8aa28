"""A whole tensor stands where one of its sizes is counted."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.sizes.tensors_as_sizes import tensors_as_sizes


def _recognise(evidence: Evidence) -> Recognition | None:
    found = tensors_as_sizes(evidence)
    if not found:
        return None
    texts = dict.fromkeys(
        f"{one.use.text} is {'the whole shape' if one.by_shape else 'a tensor'} {one.sizes}" for one in found
    )
    return Recognition(f"{', '.join(texts)}, and one number is wanted: one of its sizes", weight=6)


BAD = """\
import torch
from torch import nn

gru = nn.GRU(10, 16, batch_first=True)
x = torch.randn(4, 7, 10)
h0 = torch.zeros(1, x, 16)
out, _ = gru(x, h0)
print(out.shape)
"""

GOOD = BAD.replace("torch.zeros(1, x, 16)", "torch.zeros(1, x.size(0), 16)")

FAULT = Fault(
    code="SC587",
    slug="tensor_as_size",
    headline="a tensor stands where one of its sizes is counted",
    why=(
        "What makes a tensor, cuts one or counts rounds wants whole numbers. A tensor says how long its axes are with "
        "x.size(0), x.size(1) and so on; the tensor itself is no number."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="x.size(0) is how many there are along the first axis; x are the numbers themselves.",
    messages=(
        r"type must be tuple of ints, ?but got (Tensor|torch\.Size)",
        r"must be (int|Number), not (Tensor|torch\.Size)",
        r"only integer tensors of a single element can be converted to an index",
    ),
)
