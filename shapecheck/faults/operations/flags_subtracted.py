"""Truth values were subtracted as if they were numbers."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, says, tensors

_MESSAGES = (
    r"Subtraction, the `-` operator, with (two bool tensors|a bool tensor) is not supported",
    r"Negation, the `-` operator, on a bool tensor is not supported",
)


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence)
    if operation is None or not says(evidence, *_MESSAGES):
        return None
    flags = [item.expression for item in tensors(operation) if item.value.record and item.value.record.dtype == "bool"]
    if not flags:
        return None
    verb = "is" if len(flags) == 1 else "are"
    return Recognition(f"{' and '.join(flags)} {verb} of True and False, of which torch subtracts nothing", weight=6)


BAD = """\
import torch

scores, tokens = torch.randn(4, 7), torch.randint(3, (4, 7))
padding = tokens == 0
print((scores - 1e9 * (1 - padding)).shape)
"""

GOOD = BAD.replace("(1 - padding)", "(1 - padding.float())")

FAULT = Fault(
    code="SC570",
    slug="flags_subtracted",
    headline="bool tensors were subtracted as if they were numbers",
    why=(
        "A comparison returns True and False. They can be added up and multiplied, but torch refuses to subtract them "
        "(it did so until version 1.2): the rest of a mask is ~mask, and the number 1 - mask wants mask.float()."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="~mask is the rest of a mask; float() makes numbers of it.",
    messages=_MESSAGES,
)
