"""Two operands are of different dtypes."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, says, tensors


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(
        evidence, "matmul", "mm", "bmm", "mv", "dot", "addmm", "linear", "einsum", "conv1d", "conv2d", "where"
    )
    if operation is None or not says(evidence, r"dtype", r"scalar type") or says(evidence, r"boolean tensor"):
        return None
    kinds = {item.expression: item.value.record.dtype for item in tensors(operation) if item.value.record is not None}
    unseen = [item.expression for item in operation.arguments if item.value.record is None and item.span is not None]
    if len(set(kinds.values())) == 1 and unseen and len(kinds) == 1:
        known = next(iter(kinds))
        return Recognition(f"{known} is {kinds[known]}, and what {unseen[0]} returns is not", weight=6)
    if len(set(kinds.values())) < 2:
        return None
    return Recognition(", ".join(f"{name} is {kind}" for name, kind in kinds.items()), weight=6)


BAD = """\
import numpy as np
import torch

weights = torch.randn(2, 1, requires_grad=True)
rows = torch.from_numpy(np.ones((4, 2)))  # float64
print(torch.mm(rows, weights).shape)
"""

GOOD = BAD.replace(
    "torch.from_numpy(np.ones((4, 2)))",
    "torch.from_numpy(np.ones((4, 2))).float()",
)

FAULT = Fault(
    code="SC519",
    slug="operands_of_other_dtypes",
    headline="two operands are of different dtypes",
    why=(
        "Sums promote to the wider dtype, products of matrices do not: both operands must be of one dtype. numpy "
        "makes float64, torch float32."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Convert once, where the numpy data enters.",
    messages=(
        r"expected m1 and m2 to have the same dtype",
        r"mat1 and mat2 must have the same dtype",
        r"expected scalar type \w+ but found \w+",
    ),
)
