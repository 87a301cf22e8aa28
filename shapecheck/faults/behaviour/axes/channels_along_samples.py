"""Numbers of the channels were laid along the samples."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
mean, std = torch.tensor([0.5, 0.4, 0.3]), torch.tensor([0.2, 0.3, 0.1])
model, criterion = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(64, 5)), nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for x, y in zip(torch.rand(12, 3, 6, 6).split(3), torch.randint(0, 5, (12,)).split(3)):
    x = (x - mean.view(-1, 1, 1, 1)) / std.view(-1, 1, 1, 1)
    optimizer.zero_grad()
    criterion(model(x), y).backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("view(-1, 1, 1, 1)", "view(-1, 1, 1)")

FAULT = Fault(
    code="SC1055",
    slug="channels_along_samples",
    headline="numbers of the channels were laid along the samples",
    why=(
        "The mean and the deviation of each channel stand along the samples, of which there happen to be as many. Each "
        "picture is scaled by its place in the batch, and no channel is brought to the size that the model expects."
    ),
    recognise=sees("channels_along_samples"),
    bad=BAD,
    good=GOOD,
    lesson="Give what belongs to the channels an axis of one for each axis behind them: (channels, 1, 1).",
)
