"""Two matrices do not fit each other."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import dtype, failed, tensors


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "matmul", "mm", "bmm", "mv", "dot", "addmm", "linear", "spmm", "hspmm")
    given = tensors(operation)[-2:] if operation is not None else ()
    if operation is None or len(given) < 2:
        return None
    first, second = (item.value.record for item in given)
    if first is None or second is None or dtype(operation, given[0].role) != dtype(operation, given[1].role):
        return None
    return Recognition(
        f"{given[0].expression} {first.shape} times {given[1].expression} {second.shape}: the last axis of the first "
        "must have the size of the last but one of the second",
        weight=0,
    )


BAD = """\
import torch

queries = torch.randn(4, 7, 16)
keys = torch.randn(4, 9, 16)
scores = torch.bmm(queries, keys)
print(scores.shape)
"""

GOOD = BAD.replace(
    "torch.bmm(queries, keys)",
    "torch.bmm(queries, keys.transpose(1, 2))",
)

FAULT = Fault(
    code="SC501",
    slug="matrices_do_not_fit",
    headline="the inner sizes of a matrix product do not match",
    why=(
        "A product of matrices (n, k) and (k, m) sums over k, which must agree; all axes before the last two are "
        "batches. To compare vectors with vectors, the second operand is turned: keys.transpose(-2, -1)."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="(n, k) times (k, m): the inner sizes agree.",
    messages=(
        r"mat1 and mat2 shapes cannot be multiplied",
        r"Expected size for first two dimensions of batch2 tensor to be",
        r"batch[12] must be a 3D tensor",
        r"The size of tensor a .* must match the size of tensor b",
    ),
)
