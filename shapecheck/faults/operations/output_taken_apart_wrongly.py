"""What a layer returned was taken apart into the wrong names."""

from __future__ import annotations

import re

from shapecheck.evidence import Argument, Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, says


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "unpack", "unpack_item")
    if operation is None or not says(evidence, r"values to unpack", r"cannot unpack"):
        return None
    given = next(iter(operation.arguments), None)
    if given is None or not _is_torchs(evidence, given):
        return None
    parts = given.value.items if given.value.kind in ("tuple", "list") else ()
    if given.value.kind == "tensor" and given.value.record is not None and given.value.record.shape:
        sizes = given.value.record.shape
        told = f"{given.expression[:60]} is one tensor {sizes}: names take it apart along axis 0, which has {sizes[0]}"
        return Recognition(f"{told} places; chunk and unbind take it apart along another axis", "likely", weight=0)
    what = (
        f"gives ({', '.join(part.type for part in parts)})" if parts else "gives something else than these names take"
    )
    return Recognition(
        f"{given.expression[:60]} {what}; an LSTM gives (output, (h_n, c_n)), a GRU and an RNN (output, h_n)",
        "likely",
        weight=0,
    )


def _is_torchs(evidence: Evidence, given: Argument) -> bool:
    """Whether tensors have a part in what was taken apart: they are in it, or a layer or a tensor is in its text."""
    kinds = ("tensor", "packed", "module")
    if given.value.kind in kinds or any(item.kind in kinds for item in given.value.items):
        return True
    names = evidence.held
    return "(" in given.expression and any(
        held.kind in kinds and re.search(rf"(?<![\w.]){re.escape(name)}\b", given.expression)
        for name, held in names.items()
    )


BAD = """\
import torch
from torch import nn

lstm = nn.LSTM(10, 16, batch_first=True)
out, h, c = lstm(torch.randn(4, 7, 10))
print(h[-1].shape)
"""

GOOD = BAD.replace(
    "out, h, c = lstm",
    "out, (h, c) = lstm",
)

FAULT = Fault(
    code="SC525",
    slug="output_taken_apart_wrongly",
    headline="what a layer returned was taken apart into the wrong names",
    why=(
        "Every recurrent layer returns two things: the output of each step, and the last state. The state of an "
        "LSTM is a pair itself."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="out, (h, c) = lstm(x); out, h = gru(x).",
    messages=(
        r"not enough values to unpack \(expected \d+, got \d+\)",
        r"too many values to unpack \(expected \d+\)",
    ),
)
