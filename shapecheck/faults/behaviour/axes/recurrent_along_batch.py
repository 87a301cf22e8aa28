"""A recurrent layer walks along the samples."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 8)
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.linear(out[:, -1])


batch = torch.randn(4, 7, 3), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("nn.LSTM(3, 8)", "nn.LSTM(3, 8, batch_first=True)")

FAULT = Fault(
    code="SC701",
    slug="recurrent_along_batch",
    headline="a recurrent layer walks along the samples",
    why=(
        "Without batch_first=True a recurrent layer takes axis 0 for time. Given (batch, time, features) "
        "it walks from one sample to the next, and every shape is still legal."
    ),
    recognise=sees("recurrent_along_batch"),
    bad=BAD,
    good=GOOD,
    lesson="Change one sample and see whether another one's loss moves.",
)
