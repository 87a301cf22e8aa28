"""A convolution over sequences slides along the samples of the batch."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.smooth = nn.GRU(3, 6), nn.Conv1d(6, 6, 3, padding=1)
        self.linear = nn.Linear(6, 2)

    def forward(self, x):
        out, _ = self.gru(x)
        out = self.smooth(out.permute(0, 2, 1)).permute(0, 2, 1)
        return self.linear(out)


model, data = Model(), torch.randn(20, 7, 3)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for rows in torch.randperm(20).split(5):
    x = torch.stack([data[int(row)] for row in rows], 1)
    loss = nn.functional.mse_loss(model(x), x[..., :2])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("out.permute(0, 2, 1)).permute(0, 2, 1)", "out.permute(1, 2, 0)).permute(2, 0, 1)")

FAULT = Fault(
    code="SC709",
    slug="convolution_along_batch",
    headline="a convolution slides along the samples of the batch",
    why=(
        "Conv1d reads (batch, channels, time) and slides along the last axis. Behind a layer with time in front, an "
        "exchange of the last two axes leaves time where the batch should be, and the kernel joins samples that stand "
        "side by side by chance."
    ),
    recognise=sees("convolution_along_batch"),
    bad=BAD,
    good=GOOD,
    lesson="From (time, batch, features) to a Conv1d it is permute(1, 2, 0), and permute(2, 0, 1) on the way back.",
)
