"""A pattern of einops does not go with the axes of the tensor that it is given."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, says, tensors

_RANK = r"expected (>?=?\d+) dims\. Received (\d+)-dim tensor"
_DIVIDED = r"can't divide axis of length (\d+) in chunks of (\d+)"
_SIZE = r"Shape mismatch, (?:\{[^}]*\} )?(\d+) != (\d+)"


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence)
    if operation is None or evidence.crash is None or evidence.crash.type != "EinopsError":
        return None
    given = next((item for item in tensors(operation) if item.value.record is not None), None)
    what = f"{given.expression} {given.value.record.shape}" if given is not None and given.value.record else "it"
    if (told := says(evidence, _RANK)) is not None:
        wanted = told.group(1).replace(">=", "at least ")
        return Recognition(f"the pattern names {wanted} axes, and {what} has {told.group(2)}", weight=2)
    if (told := says(evidence, _DIVIDED)) is not None:
        because = f"an axis of {told.group(1)} of {what} cannot be cut into pieces of {told.group(2)}"
        return Recognition(because, weight=2)
    if (told := says(evidence, _SIZE)) is not None:
        because = f"a letter of the pattern, or what stands in brackets, is {told.group(2)}, and {what} has "
        return Recognition(because + f"{told.group(1)} there", weight=2)
    return None


BAD = """\
import torch
from einops import repeat

token = torch.randn(1, 16)
print(repeat(token, "1 1 d -> b 1 d", b=4).shape)
"""

GOOD = BAD.replace(
    "torch.randn(1, 16)",
    "torch.randn(1, 1, 16)",
)

FAULT = Fault(
    code="SC579",
    slug="pattern_of_other_axes",
    headline="a pattern of einops does not go with the axes of the tensor",
    why=(
        "The left side of a pattern names every axis of the tensor, in its order; brackets say that several lie in "
        "one, and the sizes that are told must divide it. einops refuses a tensor with more or fewer axes, where "
        "torch would have broadcast it."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Read the left side of a pattern aloud beside x.shape: one name, or one pair of brackets, for each axis.",
    messages=(
        r"Wrong shape: expected >?=?\d+ dims\. Received \d+-dim tensor",
        r"can't divide axis of length \d+ in chunks of \d+",
        r"Error while processing \w+-reduction pattern",
    ),
)
