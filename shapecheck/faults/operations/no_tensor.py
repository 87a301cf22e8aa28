"""An array or a list came where a tensor is wanted."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import CELLS, RECURRENT, failed, says
from shapecheck.reading.joined.array_objects import OF_OBJECTS
from shapecheck.reading.joined.collected import is_collected


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence)
    if operation is None or says(evidence, OF_OBJECTS):
        return None
    is_recurrent = operation.name.rpartition(".")[2] in (*RECURRENT, *CELLS)
    if is_recurrent and not any(
        item.role == "input" and item.value.kind in ("array", "list") for item in operation.arguments
    ):
        return None
    if not says(
        evidence,
        r"must be Tensor",
        r"'(list|tuple|numpy\.ndarray)' object",
        r"ndarray",
        r"not (a )?list",
        r"got \((list|tuple), ",
        r"'int' object is not callable",
        r"expected Tensor as element \d+ in argument \d+, but got (list|numpy\.ndarray)",
    ):
        return None
    for item in (*operation.arguments, *(evidence.operation.arguments if evidence.operation else ())):
        is_tuple = item.value.kind == "tuple" and is_collected(evidence, item)
        is_of_lists = bool(item.value.items) and all(each.kind in ("list", "array") for each in item.value.items)
        if item.value.kind in ("array", "list") or is_tuple or is_of_lists:
            return Recognition(f"{item.expression} is a {item.value.type}", weight=6)
    return None


BAD = """\
import numpy as np
import torch
from torch import nn

linear = nn.Linear(10, 5)
rows = np.zeros((4, 10), dtype=np.float32)
print(linear(rows).shape)
"""

GOOD = BAD.replace(
    "linear(rows)",
    "linear(torch.from_numpy(rows))",
)

FAULT = Fault(
    code="SC516",
    slug="no_tensor",
    headline="a NumPy array or a list was given where a tensor is wanted",
    why=(
        "Layers and torch's functions take tensors. torch.from_numpy shares the array's memory and keeps its "
        "dtype (float64 as a rule); torch.tensor copies; a list of tensors is put together by torch.stack."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Make tensors where the data enters.",
    messages=(
        r"must be Tensor, not (numpy\.ndarray|list)",
        r"'(list|numpy\.ndarray)' object has no attribute",
        r"'int' object is not callable",
        r"invalid combination of arguments - got \((list|tuple), ",
        r"expected Tensor as element \d+ in argument \d+, but got (list|tuple|numpy\.ndarray)",
    ),
)
