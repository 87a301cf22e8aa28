"""A tensor of many numbers was used as one number."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import says
from shapecheck.reading.joined.listed_tensors import listed_tensors
from shapecheck.reading.sizes.tensors_as_sizes import tensors_as_sizes


def _recognise(evidence: Evidence) -> Recognition | None:
    if (
        listed_tensors(evidence) is not None
        or tensors_as_sizes(evidence)
        or not says(
            evidence,
            r"cannot be converted to Scalar",
            r"only one element tensors can be converted",
            r"only integer tensors of a single element",
            r"Boolean value of Tensor with more than one value is ambiguous",
            r"truth value of an array with more than one element is ambiguous",
        )
    ):
        return None
    operation = evidence.operation
    given = next((item for item in operation.arguments if item.value.record is not None), None) if operation else None
    seen = (
        f"{given.expression} is {given.value.record.shape}" if given and given.value.record else "it holds many numbers"
    )
    return Recognition(f"{seen}; only a tensor of one number can be used as a number", weight=6)


BAD = """\
import torch

right = torch.tensor([1, 0, 2]) == torch.tensor([1, 2, 2])
print(right.item())
"""

GOOD = BAD.replace(
    "right.item()",
    "right.float().mean().item()",
)

FAULT = Fault(
    code="SC518",
    slug="many_numbers_as_one",
    headline="a tensor with several elements was used as a single number",
    why=(
        "item(), float() and if take a tensor with exactly one number. A comparison gives one answer for each "
        "sample: take the mean, the sum, all() or any() first. Whether there is a tensor at all is asked with "
        "is not None."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="First mean(), sum(), all() or any(); then item().",
    messages=(
        r"a Tensor with \d+ elements cannot be converted to Scalar",
        r"Boolean value of Tensor with more than one value is ambiguous",
        r"truth value of an array with more than one element is ambiguous",
    ),
)
