"""Probabilities are fed to a loss that takes their logarithms."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
model = nn.Sequential(nn.Linear(3, 5), nn.Softmax(dim=1))
batch = torch.randn(6, 3), torch.randint(0, 5, (6,))
report = audit(model, nn.NLLLoss(), batch)
"""
)

GOOD = BAD.replace("nn.Softmax", "nn.LogSoftmax")

FAULT = Fault(
    code="SC732",
    slug="probabilities_instead_of_logarithms",
    headline="probabilities are fed to a loss that takes their logarithms",
    why=(
        "NLLLoss only picks the number of the right class and turns its sign. Of probabilities that is "
        "between minus one and zero, and has the wrong gradient."
    ),
    recognise=sees("probabilities_instead_of_logarithms", certainty="proved"),
    bad=BAD,
    good=GOOD,
    lesson="NLLLoss follows LogSoftmax.",
)
