"""Running statistics of the training data that go on with the data of an evaluation."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 1)
        self.register_buffer("mean", torch.zeros(3))

    def track(self, x):
        self.mean += 0.1 * (x.mean(0) - self.mean)

    def forward(self, x):
        self.track(x)
        return self.linear(x - self.mean)


model, data, targets = Scaled(), torch.randn(16, 3) + 2, torch.randn(16, 1)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    model.train()
    optimizer.zero_grad()
    nn.functional.mse_loss(model(data[:8]), targets[:8]).backward()
    optimizer.step()
    model.eval()
    with torch.no_grad():
        losses = [nn.functional.mse_loss(model(data[i:i + 4]), targets[i:i + 4]) for i in (8, 12)]
"""
)

GOOD = BAD.replace(
    "    def track(self, x):\n", "    def track(self, x):\n        if not self.training:\n            return\n"
)

FAULT = Fault(
    code="SC1034",
    slug="statistics_moved",
    headline="running statistics go on with what a model is evaluated on",
    why=(
        "The model keeps a running mean of what it was trained on, and moves it in evaluation mode as well: what is "
        "measured of a batch depends on the batches before it, and training goes on with what was held out."
    ),
    recognise=sees("statistics_moved"),
    bad=BAD,
    good=GOOD,
    lesson="What is learned of data without gradients belongs under self.training, too.",
)
