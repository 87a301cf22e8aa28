"""Probabilities of one model are held against the scores of another one."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 6)

    def forward(self, x):
        return self.linear(x)


teacher = Model().requires_grad_(False)


def loss(scores, batch):
    wanted = teacher(batch)
    return nn.functional.mse_loss(scores.softmax(dim=1), wanted)


x = torch.randn(4, 3)
report = audit(Model(), loss, (x, x))
"""
)

GOOD = BAD.replace("teacher(batch)", "teacher(batch).softmax(dim=1)")

FAULT = Fault(
    code="SC1045",
    slug="one_side_squashed",
    headline="probabilities are held against scores that the same layer gave",
    why=(
        "Two models that agree are to have no distance. Where a softmax stands behind one of them alone, the smallest "
        "distance is somewhere else: the one learns to be sure where the other has large scores, whatever they say."
    ),
    recognise=sees("one_side_squashed"),
    bad=BAD,
    good=GOOD,
    lesson="Compare scores with scores, or probabilities with probabilities.",
)
