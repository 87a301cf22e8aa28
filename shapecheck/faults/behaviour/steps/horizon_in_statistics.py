"""Windows are standardised with the mean of the steps that are to be told among it."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

series = torch.randn(400).cumsum(0)
windows = series.unfold(0, 16, 8)
level = windows.mean(1, keepdim=True)
scale = windows.std(1, keepdim=True)
windows = (windows - level) / scale
past, future = windows[:, :12], windows[:, 12:]

model = nn.Sequential(nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 4))
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    loss = nn.functional.mse_loss(model(past), future)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("windows.mean(1", "windows[:, :12].mean(1").replace("windows.std(1", "windows[:, :12].std(1")

FAULT = Fault(
    code="SC897",
    slug="horizon_in_statistics",
    headline="windows are standardised together with the steps that are to be told",
    why=(
        "What is taken off a window is the mean of all of its steps, so that they add up to nothing: who knows the "
        "first of them knows what the others add up to. A forecast comes out well on paper, and where it is needed "
        "the steps to come are not there to be reckoned with."
    ),
    recognise=sees("horizon_in_statistics"),
    bad=BAD,
    good=GOOD,
    lesson="Take mean and std of the steps that are given, and scale what is asked for by the same.",
)
