"""An optimizer was made and never steps."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

encoder, decoder = nn.Linear(3, 4), nn.Linear(4, 1)
optimizer = torch.optim.SGD(encoder.parameters(), 0.1)
other = torch.optim.SGD(decoder.parameters(), 0.1)
for step in range(4):
    loss = decoder(encoder(torch.randn(5, 3))).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("optimizer.step()", "optimizer.step()\n    other.step()")

FAULT = Fault(
    code="SC875",
    slug="optimizer_never_steps",
    headline="an optimizer was made, and its step() is never called",
    why=(
        "backward() computes gradients; what changes the parameters is step(). Of two optimizers each has to be asked "
        "for its own part."
    ),
    recognise=sees("optimizer_never_steps"),
    bad=BAD,
    good=GOOD,
    lesson="One step() for each optimizer, after backward().",
    severity="warning",
)
