"""A question: is a part that no optimizer holds to stay as it is?"""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

encoder, decoder = nn.Linear(3, 4), nn.Linear(4, 1)
optimizer = torch.optim.SGD(decoder.parameters(), 0.1)
for step in range(4):
    loss = decoder(encoder(torch.randn(5, 3))).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("optimizer = ", "encoder.requires_grad_(False)\noptimizer = ")

FAULT = Fault(
    code="SC876",
    slug="part_not_trained",
    headline="is a part that no optimizer holds to stay as it is?",
    why=(
        "A part that has a gradient and that no optimizer holds keeps the random numbers that it began with. That is "
        "right where it is frozen on purpose, and a mistake where it was forgotten; nothing else tells one from the "
        "other."
    ),
    recognise=sees("part_not_trained", certainty="possible"),
    bad=BAD,
    good=GOOD,
    lesson="Say what is frozen: part.requires_grad_(False).",
    severity="note",
)
