"""A part of what is trained was not given to the optimizer."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

encoder, decoder = nn.Linear(3, 4), nn.Linear(4, 1)
optimizer = torch.optim.SGD(encoder.parameters(), 0.1)
for step in range(4):
    loss = decoder(encoder(torch.randn(5, 3))).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("encoder.parameters()", "[*encoder.parameters(), *decoder.parameters()]")

FAULT = Fault(
    code="SC874",
    slug="part_left_out_of_optimizer",
    headline="the optimizer was not given a part of what the loss has a gradient for",
    why=(
        "An optimizer steps what it was given, and nothing else. A module that makes the predictions of what others "
        "compute, and was not given to it, keeps the random numbers that it began with; the others learn to live with "
        "them."
    ),
    recognise=sees("part_left_out_of_optimizer"),
    bad=BAD,
    good=GOOD,
    lesson="Two modules in one optimizer: [*encoder.parameters(), *decoder.parameters()].",
    severity="warning",
)
