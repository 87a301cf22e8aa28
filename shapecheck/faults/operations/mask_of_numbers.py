"""A mask holds numbers where True and False are wanted."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, operand, says, tensors

_MESSAGES = (
    r"only supports boolean masks, but got mask with dtype",
    r"where expected condition to be a boolean tensor",
    r"expected BoolTensor for mask",
    r"\"bitwise_(and|or|xor)\w*\" not implemented for '(Float|Double|Half|BFloat16)'",
    r"only bool and floating types of \w*mask are supported",
    r"~ \(operator\.invert\) is only implemented on integer and Boolean-type tensors",
)


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence)
    if operation is None or not says(evidence, *_MESSAGES):
        return None
    mask = operand(operation, "mask", "condition")
    masks = [item for item in operation.arguments if "mask" in item.role]
    items = [mask] if mask is not None else masks or tensors(operation)
    given = [(item.expression, item.value.record.dtype) for item in items if item.value.record is not None]
    given = [(name, dtype) for name, dtype in given if dtype != "bool"]
    told = ", ".join(f"{name} is {dtype}" for name, dtype in dict.fromkeys(given))
    return Recognition(f"{told}; a mask is of True and False", weight=6) if told else None


BAD = """\
import torch

scores = torch.randn(2, 5, 5)
future = torch.triu(torch.ones(5, 5), diagonal=1)
print(scores.masked_fill(future, float("-inf")).softmax(-1).shape)
"""

GOOD = BAD.replace("masked_fill(future,", "masked_fill(future.bool(),")

FAULT = Fault(
    code="SC571",
    slug="mask_of_numbers",
    headline="a mask holds numbers where True and False are wanted",
    why=(
        "torch.ones, triu and a column of 0 and 1 in a file are numbers. What picks, fills or is joined by &, | and ~ "
        "wants truth values: bool(), or the comparison that says what counts as true."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="bool() where the mask is made: torch.ones(n, n).triu(1).bool(); of what is to be kept: kept == 0.",
    messages=_MESSAGES,
)
