"""The index of gather is no whole number of 64 bits."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.failing import PICKS, failed, index_of, says
from shapecheck.fault import Fault, Recognition


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, *PICKS)
    item = index_of(operation) if operation is not None else None
    record = item.value.record if item is not None else None
    if item is None or record is None or record.dtype == "int64" or not says(evidence, r"dtype .*index|index.*dtype"):
        return None
    return Recognition(f"{item.expression} is {record.dtype}", weight=6)


BAD = """\
import torch

values = torch.randn(4, 3)
actions = torch.tensor([[2.0], [0.0], [1.0], [1.0]])
print(values.gather(1, actions).shape)
"""

GOOD = BAD.replace(
    "values.gather(1, actions)",
    "values.gather(1, actions.long())",
)

FAULT = Fault(
    code="SC557",
    slug="index_of_other_dtype",
    headline="the index of gather and its like must be whole numbers",
    why=(
        "Indices are int64. Actions or labels that came from a list with floats, or went through a float buffer, "
        "are floats of the right values."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Indices are int64: .long(), where they are made.",
    messages=(
        r"Expected dtype int32/int64 for index",
        r"Expected dtype int64 for index",
    ),
)
