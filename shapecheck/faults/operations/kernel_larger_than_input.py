"""A convolution has a kernel that is longer than the input that it is given."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import CONVOLUTIONS, failed, number, tensors


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, *CONVOLUTIONS)
    given = next(iter(tensors(operation)), None) if operation is not None else None
    if operation is None or given is None or given.value.record is None:
        return None
    sizes, kernel = given.value.record.shape, _each(operation.config.get("kernel_size"))
    padding, dilation = (_each(operation.config.get(name)) for name in ("padding", "dilation"))
    if (
        not kernel
        or len(sizes) - len(kernel) not in (1, 2)
        or sizes[-len(kernel) - 1] != number(operation, "in_channels")
    ):
        return None
    if len(padding) != len(kernel) or len(dilation) != len(kernel):
        return None
    covered = [step * (size - 1) + 1 for size, step in zip(kernel, dilation, strict=True)]
    whole = [size + 2 * more for size, more in zip(sizes[-len(kernel) :], padding, strict=True)]
    if all(need <= there for need, there in zip(covered, whole, strict=True)):
        return None
    text = f"the kernel covers {covered}, and the input {sizes} has {whole} places with its padding: it fits nowhere"
    return Recognition(text, weight=4)


def _each(given: object) -> list[int]:
    return [each for each in given if isinstance(each, int)] if isinstance(given, tuple | list) else []


BAD = """\
import torch
from torch import nn

words = torch.randn(2, 8, 3)  # (batch, features, length): the longest of these texts has three words
print(nn.Conv1d(8, 6, kernel_size=5)(words).shape)
"""

GOOD = BAD.replace("kernel_size=5", "kernel_size=5, padding=2")

FAULT = Fault(
    code="SC567",
    slug="kernel_larger_than_input",
    headline="the kernel of a convolution is longer than what it is given",
    why=(
        "A convolution without padding starts only where its whole kernel has room, so an input that is shorter than "
        "the kernel leaves nothing. It happens with the first short text, or behind so many layers that each take "
        "their part of the length."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Pad short inputs to the longest kernel, or the convolution by (kernel - 1) // 2, which keeps the length.",
    messages=(r"Kernel size can't be greater than actual input size",),
)
