"""The weight of a loss does not have one number for each class."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.reading import loss_pair
from shapecheck.findings import Fix
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, shape

ROLES = ("weight", "pos_weight")


def _recognise(evidence: Evidence) -> Recognition | None:
    violation, pair = evidence.violation, loss_pair(evidence)
    if pair is None or (violation is not None and violation.role not in ROLES):
        return None
    kind, given, _ = pair
    if not given.shape:
        return None
    classes = given.shape[1] if kind in INDEX_LOSSES and given.ndim > 1 else given.shape[-1]
    if violation is None:
        weight = _operand(evidence, classes)
        fixes: tuple[Fix, ...] = ()
    elif violation.kind in ("size", "ndim") and violation.got is not None:
        weight = violation.role, violation.got
        fixes = (Fix(violation.advice),) if violation.advice else ()
    else:
        return None
    if weight is None:
        return None
    because = f"{weight[0]} is {weight[1]}, beside an input {given.shape} with {classes} classes"
    return Recognition(because, fixes=fixes, weight=8)


def _operand(evidence: Evidence, classes: int) -> tuple[str, tuple[int, ...]] | None:
    """A weight of a loss that a function was given and whose contract could not be asked."""
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    for role in ROLES if operation is not None else ():
        sizes = shape(operation, role)
        if sizes is not None and sizes[-1:] not in ((classes,), (1,)) and sizes:
            return role, sizes
    return None


BAD = """\
import torch
from torch import nn

linear = nn.Linear(10, 5)
weight = torch.ones(4)  # (num_classes,)
criterion = nn.CrossEntropyLoss(weight=weight)
labels = torch.tensor([3, 1, 4, 2])  # (batch_size,)
print(criterion(linear(torch.randn(4, 10)), labels).item())
"""

GOOD = BAD.replace("torch.ones(4)", "torch.ones(5)")

FAULT = Fault(
    code="SC424",
    slug="weight_of_other_length",
    headline="the weight of the loss has not one number for each class",
    why=(
        "The weight of cross entropy says how much each class counts, so it is (C,), with C the axis 1 of the scores: "
        "also a class that never occurs in the data needs its number, which a count of the labels that do occur leaves "
        "out (torch.bincount with minlength=C keeps it). pos_weight of BCEWithLogitsLoss is spread from the last axis "
        "on: one number for each answer of a sample, (C,), or one for all."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="One weight for each class, (C,), also for classes that this data set does not hold.",
    messages=(
        r"weight tensor should be defined either for all \d* ?classes or no classes",
        r"weight tensor should be defined either for all or no classes",
        r"Attempting to broadcast a dimension of length \d+ at -\d+! Mismatching argument",
    ),
)
