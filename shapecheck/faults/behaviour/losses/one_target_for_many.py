"""One target is held against many predictions."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 8, batch_first=True)
        self.out = nn.Linear(8, 1)

    def forward(self, x):
        return self.out(self.rnn(x)[0])


def loss(prediction, target):
    return nn.functional.l1_loss(prediction, target.unsqueeze(1))


batch = torch.randn(4, 7, 3), torch.randn(4, 1)
report = audit(Model(), loss, batch)
"""
)

GOOD = BAD.replace("prediction, target.unsqueeze(1)", "prediction[:, -1], target")

FAULT = Fault(
    code="SC803",
    slug="one_target_for_many",
    headline="one target is held against many predictions",
    why=(
        "A target that has one number where the prediction has many is repeated: (batch, 1, 1) beside (batch, steps, "
        "1) asks every step for the same answer, also those that cannot know it."
    ),
    recognise=sees("one_target_for_many"),
    bad=BAD,
    good=GOOD,
    lesson="Take the step, or the column, that the target is for; repeat a target by hand where that is meant.",
)
