"""An input of the model influences nothing."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 8)
        self.second = nn.Linear(3, 8)
        self.linear = nn.Linear(16, 1)

    def forward(self, price, volume):
        one = self.first(price)
        other = self.second(price)
        return self.linear(torch.cat([one, other], dim=1))


batch = (torch.randn(5, 3), torch.randn(5, 3)), torch.randn(5, 1)
report = audit(Model(), nn.MSELoss(), batch)
"""
)

GOOD = BAD.replace("self.second(price)", "self.second(volume)")

FAULT = Fault(
    code="SC771",
    slug="input_without_influence",
    headline="an input of the model influences nothing",
    why=(
        "Two branches read the same tensor, and an input that would fit one of them is read by none. The "
        "model trains, and the loss goes down, without ever seeing that input."
    ),
    recognise=sees("input_without_influence"),
    bad=BAD,
    good=GOOD,
    lesson="Change an input, and look whether anything moves.",
)
