"""A recurrent layer walks along the features."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv1d(3, 6, 3, padding=1)
        self.gru = nn.GRU(width, 8, batch_first=True)
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        out, _ = self.gru(self.conv(x).relu())
        return self.linear(out[:, -1])


batch = torch.randn(4, 3, 7), torch.tensor([0, 1, 2, 3])
report = audit(Model(7), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("self.conv(x).relu()", "self.conv(x).relu().transpose(1, 2)").replace("Model(7)", "Model(6)")

FAULT = Fault(
    code="SC797",
    slug="recurrent_along_features",
    headline="a recurrent layer walks along the features",
    why=(
        "A convolution returns batch, channels, time, and a recurrent layer reads batch, time, features. Without a "
        "transpose in between it takes each channel for a step, and the steps for the features of it."
    ),
    recognise=sees("recurrent_along_features"),
    bad=BAD,
    good=GOOD,
    lesson="Between a convolution and a recurrent layer, channels and time change places.",
)
