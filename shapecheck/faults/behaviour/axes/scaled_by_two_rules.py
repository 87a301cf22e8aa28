"""A function scaled a part of its numbers by statistics along another axis than the rest."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

def scaled(series, first):  # (time, channels)
    start = series[:first]
    begin = (start - start.mean(dim=1, keepdim=True)) / start.std(dim=1, keepdim=True)
    mean, deviation = start.mean(dim=0), start.std(dim=0)
    return torch.cat([begin, (series[first:] - mean) / deviation])


series = scaled(10 * torch.randn(90, 4) + 30, 60)
model = nn.Linear(4, 1)
nn.functional.mse_loss(model(series), torch.randn(90, 1)).backward()
"""
)

GOOD = BAD.replace("dim=1", "dim=0")

FAULT = Fault(
    code="SC825",
    slug="scaled_by_two_rules",
    headline="numbers of one kind are scaled by statistics along different axes",
    why=(
        "To bring each channel to mean 0 and deviation 1, both are taken over the samples or over time. Taken over the "
        "channels they mix them, and what was scaled so is not like the rest."
    ),
    recognise=sees("scaled_by_two_rules"),
    bad=BAD,
    good=GOOD,
    lesson="Take mean and deviation along the axis of the samples or of time: one number for each feature is left.",
)
