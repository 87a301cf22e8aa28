"""Scores of single samples depend on each other, by statistics of all of them."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
model = nn.Conv1d(2, 3, 3, padding=1)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for step in range(3):
    x, y = torch.randn(5, 2, 7), torch.randn(5, 3, 7)
    out = model(x)
    loss = nn.functional.mse_loss(out, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        scaled = (out - out.mean()) / out.std()
        print((scaled - y).pow(2).mean(dim=(1, 2)).tolist())
"""
)

GOOD = BAD.replace("out.mean()", "out.mean(dim=(1, 2), keepdim=True)").replace(
    "out.std()", "out.std(dim=(1, 2), keepdim=True)"
)

FAULT = Fault(
    code="SC1016",
    slug="standardised_in_measure",
    headline="scores of single samples depend on which others are in the batch",
    why=(
        "A mean and a deviation without axes are those of the whole batch. What is standardised by them, and then "
        "scored for each sample, gives a sample another score in another batch: large samples decide how the small "
        "ones are scaled."
    ),
    recognise=sees("standardised_in_measure"),
    bad=BAD,
    good=GOOD,
    lesson="Statistics of a sample leave its axis out: dim=(1, 2, 3), keepdim=True.",
    severity="warning",
)
