"""Samples of one batch influence each other."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition


def _recognise(evidence: Evidence) -> Recognition | None:
    seen = evidence.observation
    if seen is None or seen.kind != "sample_dependence":
        return None
    return Recognition(f"{seen.text}: something in the model runs along the batch", weight=2)


BAD = """\
from torch import nn

from shapecheck import Protocol, Stage, check_model


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 8)
        self.linear = nn.Linear(8, 2)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.linear(out)


stages = (
    Stage("input", "input", "batch_size seq_length 3"),
    Stage("output", "output", "batch_size seq_length 2"),
)
report = check_model(Model, Protocol("scores for every step", stages))
"""

GOOD = BAD.replace(
    "self.lstm = nn.LSTM(3, 8)",
    "self.lstm = nn.LSTM(3, 8, batch_first=True)",
)

FAULT = Fault(
    code="SC601",
    slug="samples_influence_each_other",
    headline="samples of one batch influence each other",
    why=(
        "What a model says of one sample must not depend on which others happen to be in the batch; in "
        "evaluation mode not even BatchNorm makes it. Usually batch and time were swapped, or an operation "
        "runs along the batch axis."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Change one sample and look whether another one moves: no shape can tell.",
)
