"""The targets are shifted in the data and in the model."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 8)
        self.gru = nn.GRU(8, 8, batch_first=True)
        self.linear = nn.Linear(8, 9)

    def forward(self, x):
        return self.linear(self.gru(self.embedding(x))[0])


def loss(scores, target):
    return nn.functional.cross_entropy(scores[:, :-1].transpose(1, 2), target[:, 1:])


text = torch.randint(0, 9, (4, 8))
report = audit(Model(), loss, (text[:, :-1], text[:, 1:]))
"""
)

GOOD = BAD.replace("scores[:, :-1].transpose(1, 2), target[:, 1:]", "scores.transpose(1, 2), target")

FAULT = Fault(
    code="SC798",
    slug="target_shifted_twice",
    headline="the targets are shifted twice, so the step after the next is asked for",
    why=(
        "A next-step model is asked for the input one step later. Where the data are shifted already and the loss "
        "shifts once more, it learns to leave one step out."
    ),
    recognise=sees("target_shifted_twice"),
    bad=BAD,
    good=GOOD,
    lesson="Shift in one place.",
)
