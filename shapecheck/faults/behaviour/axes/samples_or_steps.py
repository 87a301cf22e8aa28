"""A question: does the axis that a layer walks along count steps or samples?"""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 8)
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.linear(out).flatten(0, 1)


x, labels = torch.randn(7, 4, 3), torch.randint(5, (7, 4))
report = audit(Tagger(), nn.CrossEntropyLoss(), (x, labels.flatten()))
"""
)

GOOD = BAD.replace("labels.flatten()))", "labels.flatten()), batch_axis=1)")

FAULT = Fault(
    code="SC707",
    slug="samples_or_steps",
    headline="does the axis that this layer walks along count steps or samples?",
    why=(
        "A layer without batch_first=True walks along axis 0. For data that has time first this is right; for data "
        "that has the batch first it mixes the samples. Where there is a target for every step, nothing in the "
        "shapes, in the loss or in the probe tells one from the other."
    ),
    recognise=sees("samples_or_steps", certainty="possible"),
    bad=BAD,
    good=GOOD,
    lesson="Say which axis counts the samples: shapecheck run --audit --batch-axis 0 train.py.",
    severity="note",
)
