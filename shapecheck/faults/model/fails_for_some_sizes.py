"""The model fails for some sizes that its protocol allows."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition


def _recognise(evidence: Evidence) -> Recognition | None:
    seen = evidence.observation
    if seen is None or seen.kind != "raises":
        return None
    return Recognition(f"the model raised {seen.text}", weight=2)


BAD = """\
from torch import nn

from shapecheck import Protocol, Stage, check_model


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 2)

    def forward(self, x):
        return self.linear(x.reshape(4, -1, 3)).reshape(len(x), -1, 2)


stages = (
    Stage("input", "input", "batch_size seq_length 3"),
    Stage("output", "output", "batch_size seq_length 2"),
)
report = check_model(Model, Protocol("scores for every step", stages))
"""

GOOD = BAD.replace(
    "return self.linear(x.reshape(4, -1, 3)).reshape(len(x), -1, 2)",
    "return self.linear(x).reshape(len(x), -1, 2)",
)

FAULT = Fault(
    code="SC604",
    slug="fails_for_some_sizes",
    headline="the model fails for some sizes that its protocol allows",
    why=(
        "A model that works for one batch size and one length may have these written into it: in a view, in a "
        "state that is kept, in a squeeze that also takes a batch axis of size 1. The last batch of an epoch "
        "is usually a smaller one."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Take sizes from the tensor at hand, never from a constant.",
)
