"""A part that is trained gets no gradient."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
encoder, head = nn.Linear(3, 4), nn.Linear(4, 1)
optimizer = torch.optim.SGD([*encoder.parameters(), *head.parameters()], 0.1)
for step in range(3):
    features = torch.relu(encoder(torch.randn(5, 3))).detach()
    loss = nn.functional.mse_loss(head(features), torch.randn(5, 1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace(".detach()", "")

FAULT = Fault(
    code="SC791",
    slug="trained_without_gradient",
    headline="a part that an optimizer holds gets no gradient",
    why=(
        "detach(), .data, a no_grad() block, an array, or an index such as argmax hands on the numbers without the way "
        "back. The part in front of it is stepped and stays at its random start, while the rest learns and the loss "
        "goes down."
    ),
    recognise=sees("trained_without_gradient"),
    bad=BAD,
    good=GOOD,
    lesson="Cut only what must not learn, and leave that out of the optimizer.",
)
