"""The target was given to the loss where the prediction belongs."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.hazards import recognise_hazard
from shapecheck.faults.probed import sees
from shapecheck.faults.reading import loss_pair
from shapecheck.findings import Fix
from shapecheck.pairs import are_answers_first, are_exchanged
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, operand

_HAZARD = recognise_hazard("arguments_exchanged")
_SEEN = sees("arguments_exchanged")
_EXCHANGED = "loss(target, input)"


def _recognise(evidence: Evidence) -> Recognition | None:
    if evidence.hazard is not None:
        return _HAZARD(evidence)
    if evidence.observation is not None:
        return _SEEN(evidence)
    pair = loss_pair(evidence)
    if pair is None:
        return None
    kind, given, target = pair
    if kind in INDEX_LOSSES:
        is_mine = are_exchanged(given, target)
    else:
        is_told = evidence.violation is not None and evidence.violation.advice == _EXCHANGED
        is_mine = kind.startswith(("BCE", "binary")) and (is_told or are_answers_first(given, target))
    if not is_mine:
        return None
    return Recognition(
        f"the loss takes the prediction first; its first argument is {given.shape} of {given.dtype}, as labels are, "
        f"and its second {target.shape} of {target.dtype}, as scores are",
        fixes=(Fix(_EXCHANGED),),
        weight=9,
        candidates=tuple(_candidates(evidence)),
    )


def _candidates(evidence: Evidence) -> Iterator[Candidate]:
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    given, target = (operand(operation, role) for role in ("input", "target"))
    if given is None or target is None or given.span is None or target.span is None:
        return
    cast = ".float()" if operation is not None and operation.name.rpartition(".")[2] in SAME_SHAPE_LOSSES else ""
    changes = (Change(given.span, target.span.text), Change(target.span, f"{given.span.text}{cast}"))
    trial = (Step("swap", "input", ("target",)), Step("swap", "target", ("input",)))
    title = f"{target.span.text}, {given.span.text}{cast}"
    yield Candidate(title, changes, () if cast else trial, 0.0)


BAD = """\
import torch
from torch import nn

from shapecheck import CheckedLoss

criterion = CheckedLoss(nn.CrossEntropyLoss())
scores = torch.randn(4, 5)  # (batch_size, num_classes)
labels = torch.tensor([3, 1, 4, 2])  # (batch_size,)
criterion(labels, scores)
"""

GOOD = BAD.replace("criterion(labels, scores)", "criterion(scores, labels)")

FAULT = Fault(
    code="SC422",
    slug="arguments_exchanged",
    headline="prediction and target are exchanged in the call of the loss",
    why=(
        "torch's losses take the prediction first and the target second; scikit-learn's metrics have it the other way "
        "round. Cross entropy refuses labels as scores with a word on dtypes or axes, and a cast would only make it "
        "worse. A binary cross entropy of floats takes both orders, and then no number of it means anything. MSELoss "
        "and L1Loss give the same number and gradient either way."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="The prediction first, the target second: criterion(scores, labels).",
    messages=(
        r"not implemented for '(Long|Int|Byte)'",
        r"0D or 1D target tensor expected, multi-target not supported",
        r"Found dtype Float but expected Long",
    ),
)
