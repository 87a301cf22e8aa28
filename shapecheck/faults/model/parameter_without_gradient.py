"""A parameter gets no gradient."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition


def _recognise(evidence: Evidence) -> Recognition | None:
    seen = evidence.observation
    if seen is None or seen.kind != "parameter_without_gradient":
        return None
    return Recognition(f"{seen.text}: the loss does not depend on it", weight=2)


BAD = """\
from torch import nn

from shapecheck import Protocol, Stage, check_model


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(3, 3)
        self.linear = nn.Linear(3, 2)

    def forward(self, x):
        self.hidden(x)
        return self.linear(x)


stages = (
    Stage("input", "input", "batch_size 3"),
    Stage("output", "output", "batch_size 2"),
    Stage("target", "loss.target", "batch_size 2"),
)
report = check_model(Model, Protocol("two numbers a row", stages), nn.MSELoss())
"""

GOOD = BAD.replace(
    "self.hidden(x)",
    "x = self.hidden(x)",
)

FAULT = Fault(
    code="SC602",
    slug="parameter_without_gradient",
    headline="a parameter gets no gradient",
    why=(
        "A parameter that the loss does not depend on is never trained: its layer was made and is not used, "
        "or its result was thrown away, detached or overwritten."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="A layer that gets no gradient is a layer that does nothing.",
)
