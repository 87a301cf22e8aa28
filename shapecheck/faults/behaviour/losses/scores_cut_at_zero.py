"""An activation keeps scores from being negative right in front of a loss of scores."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 5), nn.ReLU())
batch = torch.randn(6, 3), torch.randint(0, 5, (6,))
report = audit(model, nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("nn.Linear(8, 5), nn.ReLU()", "nn.Linear(8, 5)")

FAULT = Fault(
    code="SC780",
    slug="scores_cut_at_zero",
    headline="an activation keeps the scores that a loss takes from being negative",
    why=(
        "CrossEntropyLoss and BCEWithLogitsLoss take scores from a layer as they are: what is unlikely has a score "
        "below zero. A ReLU behind the last layer makes zeros of these, which get no gradient any more, and a sigmoid "
        "of what is never negative is never below one half."
    ),
    recognise=sees("scores_cut_at_zero"),
    bad=BAD,
    good=GOOD,
    lesson="Activations stand between layers; the last layer's scores go into the loss as they are.",
)
