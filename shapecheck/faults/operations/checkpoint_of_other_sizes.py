"""A checkpoint is loaded into a model that was made with other sizes."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, says


def _recognise(evidence: Evidence) -> Recognition | None:
    if failed(evidence, "load_state_dict") is None:
        return None
    found = says(evidence, r"size mismatch for (\S+): .*?Size\(\[([\d, ]*)\]\).*?Size\(\[([\d, ]*)\]\)")
    if found is None:
        return None
    name, stored, held = found.groups()
    return Recognition(f"{name} is ({held}) in the model and ({stored}) in the checkpoint", weight=5)


BAD = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, hidden=32):
        super().__init__()
        self.rnn = nn.GRU(5, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 3)


trained = Net(hidden=24)
stored = trained.state_dict()
model = Net()
model.load_state_dict(stored)
print(model.out.in_features)
"""

GOOD = BAD.replace(
    "model = Net()",
    "model = Net(hidden=24)",
)

FAULT = Fault(
    code="SC562",
    slug="checkpoint_of_other_sizes",
    headline="a checkpoint is loaded into a model of other sizes",
    why=(
        "A state_dict holds numbers, and not the arguments with which the model was made. Whoever loads it has to make "
        "the model with the same arguments first: store them beside the numbers, and make the model of what was "
        "stored. strict=False does not help here, it forgives names, not sizes."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Store the arguments of the model with its state_dict, and make the model of them before loading.",
    messages=(r"size mismatch for \S+: copying a param with shape",),
)
