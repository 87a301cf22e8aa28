"""A batch size was written down and this batch has another."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, numbers, says, shape
from shapecheck.reading.samples.fixed_batch import fixed_batch
from shapecheck.reading.samples.swallowed_rest import swallowed_rest


def _recognise(evidence: Evidence) -> Recognition | None:
    text = fixed_batch(evidence)
    if text:
        return Recognition(f"{text} is handed on as the number of rows; this batch has another", weight=7)
    rest = swallowed_rest(evidence)
    if rest is not None:
        return Recognition(f"view() asks for {rest.written} rows, and this batch has {rest.samples}", weight=7)
    operation = failed(evidence, "view", "reshape")
    if operation is None or not says(evidence, r"invalid for input of size"):
        return None
    sizes, written = shape(operation, "self", "input"), numbers(operation, "shape", "size")
    if not sizes or len(written) < 2 or written[0] in (None, -1, sizes[0]) or -1 in written[1:]:
        return None
    others = 1
    for size in written[1:]:
        others *= size or 1
    total = 1
    for size in sizes:
        total *= size
    if others == 0 or total % others or total // others != sizes[0]:
        return None
    return Recognition(f"view() asks for {written[0]} rows, and this batch has {sizes[0]}", weight=5)


BAD = """\
import torch
from torch import nn

batch_size = 8
data = torch.randn(20, 7, 10)
linear = nn.Linear(70, 5)
for start in range(0, len(data), batch_size):
    batch = data[start : start + batch_size]  # the last one has 4 samples
    out = linear(batch.view(batch_size, 70))
print(out.shape)
"""

GOOD = BAD.replace(
    "batch.view(batch_size, 70)",
    "batch.view(batch.size(0), 70)",
)

FAULT = Fault(
    code="SC312",
    slug="batch_size_written_down",
    headline="a batch size was written down and this batch has another",
    why=(
        "The last batch of an epoch is smaller, a validation set has batches of its own, and in use there is "
        "often one sample. A model that is told its batch size in advance fits one of them only. x.size(0) is "
        "always right; drop_last=True hides the last samples."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Ask the tensor: x.size(0).",
    messages=(
        r"shape '\[.*\]' is invalid for input of size \d+",
        r"Expected input batch_size \(\d+\) to match target batch_size \(\d+\)",
    ),
)
