"""Held out data is scaled by statistics of its own."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class Scaler:
    def fit_transform(self, x):
        self.mean, self.std = x.mean(0), x.std(0)
        return self.transform(x)

    def transform(self, x):
        return (x - self.mean) / self.std


series = torch.randn(60, 3).add(0.2).cumsum(0)
train, valid = series[:40], series[40:]
scaler = Scaler()
train = scaler.fit_transform(train)
valid = scaler.fit_transform(valid)
model = nn.Linear(3, 3)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(2):
    loss = nn.functional.mse_loss(model(train[:-1]), train[1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    print(nn.functional.mse_loss(model(valid[:-1]), valid[1:]).item())
"""
)

GOOD = BAD.replace("valid = scaler.fit_transform(valid)", "valid = scaler.transform(valid)")

FAULT = Fault(
    code="SC738",
    slug="held_out_scaled_by_itself",
    headline="held out data is scaled by statistics of its own",
    why=(
        "A model knows the scale that it was trained on. Where other rows are scaled by a mean and a spread of their "
        "own, the same value is another number. And what these are is not known when a model is asked of one row, or "
        "of what is still to come."
    ),
    recognise=sees("held_out_scaled_by_itself"),
    bad=BAD,
    good=GOOD,
    lesson="Fit a scaler to what is trained on, and only transform the rest with it.",
    severity="warning",
)
