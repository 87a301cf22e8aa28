"""A series was scaled as a whole, before its later part was held back."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

series = torch.linspace(0, 3, 60).unsqueeze(1) + torch.randn(60, 2)
scaled = (series - series.mean(0)) / series.std(0)
windows, held_back = scaled[:40].unfold(0, 6, 1).mT, scaled[40:].unfold(0, 6, 1).mT
given, asked = held_back[:, :-1], held_back[:, 1:]

model = nn.GRU(2, 2, batch_first=True)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for epoch in range(2):
    for batch in windows.split(10):
        loss = (model(batch[:, :-1])[0] - batch[:, 1:]).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        print((model(given)[0] - asked).pow(2).mean().item())
"""
)

GOOD = BAD.replace("series - series.mean(0)) / series.std(0)", "series - series[:40].mean(0)) / series[:40].std(0)")

FAULT = Fault(
    code="SC839",
    slug="scaled_by_later",
    headline="a series was scaled as a whole before its later part was held back",
    why=(
        "What comes later is not there yet when a model is used. A mean or a largest value of the whole series says "
        "something of it, in each number that the model is trained on, and what it is measured with fits the scale "
        "that it helped to make: the error comes out smaller than it will be."
    ),
    recognise=sees("scaled_by_later"),
    bad=BAD,
    good=GOOD,
    lesson="Cut first, then take the statistics of the training part, and scale everything with them.",
    severity="warning",
)
