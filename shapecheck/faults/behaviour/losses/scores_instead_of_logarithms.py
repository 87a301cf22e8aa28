"""Scores are fed to a loss that takes logarithms of probabilities."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
model = nn.Sequential(nn.Linear(3, 5))
batch = 3 * torch.randn(6, 3), torch.randint(0, 5, (6,))
report = audit(model, nn.NLLLoss(), batch)
"""
)

GOOD = BAD.replace("nn.Linear(3, 5)", "nn.Linear(3, 5), nn.LogSoftmax(dim=1)")

FAULT = Fault(
    code="SC733",
    slug="scores_instead_of_logarithms",
    headline="scores are fed to a loss that takes logarithms of probabilities",
    why=("NLLLoss applies no log_softmax. Of raw scores it has no lower bound: pushing all of them up is enough."),
    recognise=sees("scores_instead_of_logarithms", certainty="proved"),
    bad=BAD,
    good=GOOD,
    lesson="NLLLoss follows LogSoftmax; CrossEntropyLoss has it inside.",
)
