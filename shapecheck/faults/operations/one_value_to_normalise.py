"""A norm over the batch got one sample."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import says


def _recognise(evidence: Evidence) -> Recognition | None:
    found = says(
        evidence, r"Expected more than 1 \w+ (?:\w+ )*when training, got input size (?:torch.Size\()?\[([\d, ]*)\]"
    )
    if found is None:
        return None
    return Recognition(
        f"the input is ({found[1]}): in training each channel is held against its mean over the batch, and of one "
        "value there is no spread",
        weight=7,
    )


BAD = """\
import torch
from torch import nn
from torch.utils.data import DataLoader

net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
for rows in DataLoader(torch.randn(9, 3), batch_size=4):
    print(net(rows).shape)
"""

GOOD = BAD.replace("batch_size=4)", "batch_size=4, drop_last=True)")

FAULT = Fault(
    code="SC534",
    slug="one_value_to_normalise",
    headline="a norm over the batch got a batch of one",
    why=(
        "BatchNorm takes mean and spread of each channel over the batch, and one sample has no spread. Often it is the "
        "last batch of an epoch, where the number of samples leaves a rest of one (drop_last=True leaves it out), or a "
        "model that is asked for one sample without eval()."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Drop a last batch of one in training; call eval() before asking for one sample.",
    messages=(r"Expected more than 1 value per channel when training",),
)
