"""An operation that works with floats was given whole numbers."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, says, tensors

_WHOLE = frozenset(["bool", "uint8", "int8", "int16", "int32", "int64"])
_MESSAGES = (
    r"mean\(\): could not infer output dtype",
    r"std and var only support floating point",
    r"[Ee]xpected a floating point or complex tensor as input\. Got (Long|Int|Short|Byte|Bool)",
    r"(softmax|normal|GeluKernelImpl|mse|median)\w*\"? not implemented for '(Long|Int|Short|Byte|Bool)'",
    r"[Oo]nly Tensors of floating point( and complex)? dtype can require gradients",
    r"input tensor must be either float or double dtype",
    r"expected common dtype to be floating point",
    r"only supports floating-point dtypes",
    r"expected input to have floating point or complex dtype but got",
)
_INTO = (
    r"result type (Float|Double|Half|BFloat16) can't be cast to the desired output type (Long|Int|Short|Byte|Char|Bool)"
)


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence)
    if operation is None or not says(evidence, *_MESSAGES, _INTO):
        return None
    given = {item.expression: item.value.record.dtype for item in tensors(operation) if item.value.record is not None}
    if says(evidence, _INTO) and next(iter(given.values()), "") in _WHOLE:
        told = next(iter(given))
        return Recognition(f"{told} is {given[told]}, and floats cannot be stored in it", weight=5)
    unnamed = says(evidence, r"could not infer output dtype.*Got: (\w+)")
    if not operation.arguments and unnamed is not None:
        base = operation.callee.rpartition(".")[0].strip("()")
        return Recognition(f"{base} is {unnamed.group(1).lower()}, and what comes out are no whole numbers", weight=5)
    if not given or not _WHOLE.issuperset(given.values()):
        return None
    told = ", ".join(f"{name} is {dtype}" for name, dtype in given.items())
    return Recognition(f"{told}, and what comes out are no whole numbers", weight=5)


BAD = """\
import torch

guess, labels = torch.randint(3, (8,)), torch.randint(3, (8,))
correct = guess == labels
print(f"accuracy {correct.mean():.2f}")
"""

GOOD = BAD.replace("correct.mean()", "correct.float().mean()")

FAULT = Fault(
    code="SC569",
    slug="whole_numbers_for_floats",
    headline="an operation that works with floats was given whole numbers",
    why=(
        "A mean, a deviation, a norm or a softmax of whole numbers has decimals. torch does not choose a dtype for "
        "them: counts, labels and the answers of a comparison stay what they are until float() is said."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="float() before mean(): an accuracy is the mean of (guess == labels).float().",
    messages=(*_MESSAGES, _INTO),
)
