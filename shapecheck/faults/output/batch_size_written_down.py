"""A batch size was written down and this batch has another."""

from __future__ import annotations

import re

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import (
    INDEX_LOSSES,
    SAME_SHAPE_LOSSES,
    failed,
    numbers,
    operand,
    says,
    shape,
)
from shapecheck.reading.origins import trace
from shapecheck.reading.samples.swallowed_rest import swallowed_rest


def _recognise(evidence: Evidence) -> Recognition | None:
    text = _fixed_batch(evidence)
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


def _fixed_batch(evidence: Evidence) -> str:
    """The text of a batch size that was handed on as a number, while the batch at hand has another size."""
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    if operation is None:
        return ""
    given, wanted = operand(operation, "input"), operand(operation, "target")
    left, right = shape(operation, "input"), shape(operation, "target")
    if given is None or wanted is None or given.span is None or not left or not right or left[0] == right[0]:
        return ""
    names = {name: held.text for frame in evidence.frames for name, held in frame.names.items() if held.text}
    for origin in trace(evidence, given.span)[:1]:
        call = re.match(r"(?!torch\.)[\w.]+\((.*)\)$", origin.span.text, re.DOTALL)
        for part in (each.strip() for each in (call.group(1).split(",") if call else ())):
            if names.get(part, part) == str(left[0]):
                return part
    return ""


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
