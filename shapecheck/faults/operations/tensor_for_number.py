"""A tensor came where Python wants a plain number: to round it, to write it, to store it as text."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import says

_MESSAGES = (
    r"type Tensor doesn't define __round__ method",
    r"unsupported format string passed to Tensor\.__format__",
    r"Object of type Tensor is not JSON serializable",
)


def _recognise(evidence: Evidence) -> Recognition | None:
    if not says(evidence, *_MESSAGES):
        return None
    operation = evidence.operation
    given = next((item for item in operation.arguments if item.value.kind == "tensor"), None) if operation else None
    if given is None or given.value.record is None:
        return Recognition("a number that torch has made is a tensor still, until item() takes it out", weight=6)
    shape = given.value.record.shape
    told = "a tensor with one number in it, which item() takes out" if 0 not in shape and set(shape) <= {1} else ""
    return Recognition(f"{given.expression} is {told or f'a tensor {shape}'}", weight=6)


BAD = """\
import torch
from torch import nn

loss = nn.MSELoss()(torch.randn(8, 1), torch.randn(8, 1))
print("loss", round(loss, 4) > 0)
"""

GOOD = BAD.replace("round(loss, 4)", "round(loss.item(), 4)")

FAULT = Fault(
    code="SC572",
    slug="tensor_for_number",
    headline="a tensor was given where a plain number is wanted",
    why=(
        "A loss or a mean is a tensor, even if it holds one number only. round(), a format such as .4f of a tensor "
        "with axes, and json want a number of Python's own. A tensor of many numbers has to be put together first."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="item() where a number leaves torch: to be printed, rounded, stored.",
    messages=_MESSAGES,
)
