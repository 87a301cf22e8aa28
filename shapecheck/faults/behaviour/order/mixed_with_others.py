"""Labels are mixed with those of other samples than the inputs are."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
net = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
optimizer = torch.optim.Adam(net.parameters())
x, labels = torch.randn(9, 6), torch.arange(9) % 3
for _ in range(3):
    y, share = nn.functional.one_hot(labels, 3).float(), torch.rand(9, 1)
    order, other = torch.randperm(9), torch.randperm(9)
    mixed = share * x + (1 - share) * x[order]
    goal = share * y + (1 - share) * y[other]
    loss = nn.functional.cross_entropy(net(mixed), goal)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("y[other]", "y[order]")

FAULT = Fault(
    code="SC807",
    slug="mixed_with_others",
    headline="labels are mixed with those of other samples than the inputs",
    why=(
        "A sample that is half this one and half that one has half of this one's label and half of that one's. With an "
        "order of their own for the labels, the second half is the label of a third one."
    ),
    recognise=sees("mixed_with_others"),
    bad=BAD,
    good=GOOD,
    lesson="Draw one order, and pick the samples and the labels by it.",
)
