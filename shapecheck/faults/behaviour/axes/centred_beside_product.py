"""A covariance of numbers that were centred along another axis than the one that is summed over."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
model = nn.Linear(3, 6)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(2):
    z = model(torch.randn(9, 3))
    z = z - z.mean(dim=1, keepdim=True)
    covariance = z.T @ z / (len(z) - 1)
    loss = (covariance - torch.eye(6)).pow(2).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("dim=1", "dim=0")

FAULT = Fault(
    code="SC1082",
    slug="centred_beside_product",
    headline="products are averaged along one axis, and were centred along another",
    why=(
        "A covariance says how two features vary together over the samples, so each feature is measured from its mean "
        "over the samples. The mean of the features of a sample is another number: what is left holds the offsets of "
        "the features, and is no covariance."
    ),
    recognise=sees("centred_beside_product"),
    bad=BAD,
    good=GOOD,
    lesson="Centre along the axis that the product adds up.",
)
