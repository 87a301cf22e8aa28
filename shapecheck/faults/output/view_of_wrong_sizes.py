"""The sizes given to view do not hold the numbers that are there."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.output.batch_size_written_down import FAULT as BATCH_SIZE
from shapecheck.reading.failing import failed, numbers, says, shape
from shapecheck.reading.sizes.written_products import product_of_view


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "view", "reshape", "unflatten")
    if operation is None or not says(evidence, r"invalid for input of size"):
        return None
    if BATCH_SIZE.recognise(evidence) is not None:
        return None
    sizes, written = shape(operation, "self", "input"), numbers(operation, "shape", "size")
    total = prod(sizes or ())
    product = product_of_view(evidence)
    factors = f": a sample has {product.text} of them, not {product.span.text}" if product is not None else ""
    return Recognition(f"the tensor {sizes} holds {total} numbers, {_and_not(written)}{factors}", weight=4)


def _and_not(written: Sequence[int | None]) -> str:
    known = [size for size in written if size is not None and size >= 0]
    told = f"({', '.join('?' if size is None else str(size) for size in written)})"
    if len(known) == len(written):
        return f"and {told} holds {prod(known)}"
    if len(known) == len(written) - 1 and -1 in written and prod(known) > 1:
        product = f"{' * '.join(map(str, known))} = {prod(known)}" if len(known) > 1 else str(known[0])
        return f"which is no multiple of {product}, so that nothing can stand for the -1 of {told}"
    return f"and {told} does not"


BAD = """\
import torch

out = torch.randn(4, 7, 16)
rows = out.view(-1, 15)
print(rows.shape)
"""

GOOD = BAD.replace(
    "out.view(-1, 15)",
    "out.view(-1, 16)",
)

FAULT = Fault(
    code="SC314",
    slug="view_of_wrong_sizes",
    headline="view or reshape asks for another number of elements than there are",
    why=(
        "view and reshape cut the same numbers into other pieces, so the product of the sizes must stay the same. "
        "One of them may be -1 and is then computed. Take the others from the tensor or from the layer, not from "
        "memory."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="The product of the sizes stays the same.",
    messages=(r"shape '\[.*\]' is invalid for input of size \d+",),
)
