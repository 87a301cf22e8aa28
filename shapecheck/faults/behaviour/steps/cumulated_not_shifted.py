"""What is to be cumulated up to the step before was filled up at the wrong end."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

kept = torch.cumprod(1 - torch.linspace(0.01, 0.2, 9), dim=0)
kept_before = torch.cat([kept[:-1], torch.ones(1)])
weights = kept_before.sqrt() / (1 - kept)

model = nn.Linear(4, 4)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for step in range(3):
    x, t = torch.randn(6, 4), torch.randint(9, (6, 1))
    loss = (model(x) - weights[t] * x).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("[kept[:-1], torch.ones(1)]", "[torch.ones(1), kept[:-1]]")

FAULT = Fault(
    code="SC815",
    slug="cumulated_not_shifted",
    headline="what is cumulated up to the step before was filled up at the wrong end",
    why=(
        "Up to the step before, each step has the number of the one in front of it, and the first one has that of "
        "nothing: 1 for a product, 0 for a sum. With the last number cut off and the other put at the end, all the "
        "others stay where they are, so each step counts itself; only the last one is another, which nobody looks at."
    ),
    recognise=sees("cumulated_not_shifted"),
    bad=BAD,
    good=GOOD,
    lesson="In front, not behind: F.pad(x.cumprod(0)[:-1], (1, 0), value=1.0).",
)
