"""One side of a correlation was centred and not scaled."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
model = nn.Linear(3, 6)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(2):
    x = torch.randn(8, 3)
    a, b = model(x + 0.1 * torch.randn_like(x)), model(x)
    a = (a - a.mean(dim=0)) / a.std(dim=0)
    b = b - b.mean(dim=0)
    loss = (a.T @ b / len(a) - torch.eye(6)).pow(2).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("b = b - b.mean(dim=0)", "b = (b - b.mean(dim=0)) / b.std(dim=0)")

FAULT = Fault(
    code="SC1047",
    slug="one_side_scaled",
    headline="of two sides that are multiplied one is scaled and the other is only centred",
    why=(
        "A correlation is the mean product of numbers with mean 0 and deviation 1 on both sides. Where one side keeps "
        "its own deviation, or has another count in it, a loss that asks for ones on the diagonal asks for something "
        "else."
    ),
    recognise=sees("one_side_scaled"),
    bad=BAD,
    good=GOOD,
    lesson="Write the scaling once, as a function, and call it for both sides.",
)
