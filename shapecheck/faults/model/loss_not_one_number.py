"""The loss is not one finite number."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition


def _recognise(evidence: Evidence) -> Recognition | None:
    seen = evidence.observation
    if seen is None or seen.kind != "loss_not_finite":
        return None
    return Recognition(seen.text, weight=2)


BAD = """\
from torch import nn

from shapecheck import Protocol, Stage, check_model

stages = (
    Stage("input", "input", "batch_size 3"),
    Stage("output", "output", "batch_size 2"),
    Stage("target", "loss.target", "batch_size 2"),
)
loss = nn.MSELoss(reduction="none")
report = check_model(lambda: nn.Linear(3, 2), Protocol("two numbers a row", stages), loss)
"""

GOOD = BAD.replace('nn.MSELoss(reduction="none")', "nn.MSELoss()")

FAULT = Fault(
    code="SC603",
    slug="loss_not_one_number",
    headline="the loss is not one finite number",
    why=(
        "backward() starts from one finite number. A loss with axes was not reduced; NaN comes from an empty "
        "mean, a log of zero or a division by zero, and spoils every weight at the next step."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Before backward(): loss.ndim is 0 and the loss is finite.",
)
