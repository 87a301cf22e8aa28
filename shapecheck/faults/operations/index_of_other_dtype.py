"""The index of gather is no whole number of 64 bits."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import PICKS, failed, index_of, no_indices, says


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, *PICKS)
    item = index_of(operation) if operation is not None else None
    record = item.value.record if item is not None else None
    if item is not None and record is not None and record.dtype != "int64":
        found = says(evidence, r"dtype .*index|index.*dtype")
        return Recognition(f"{item.expression} is {record.dtype}", weight=6) if found else None
    wrong = next(iter(no_indices(evidence)), None)
    if wrong is None or wrong.value.record is None:
        return None
    why = "; bytes are taken for a mask, as booleans are" if wrong.value.record.dtype == "uint8" else ""
    return Recognition(f"{wrong.expression} is {wrong.value.record.dtype}{why}", weight=6)


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
    headline="an index is of a dtype that does not count positions",
    why=(
        "Indices are int64. Actions or labels that came from a list with floats, or went through a float buffer, "
        "are floats of the right values; in a buffer of bytes they are taken for a mask."
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
