"""Layers stand in a plain list, where no optimizer finds them."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.branches = [nn.Linear(3, 4) for _ in range(2)]
        self.out = nn.Linear(8, 1)

    def forward(self, x):
        return self.out(torch.cat([branch(x) for branch in self.branches], dim=1))


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for step in range(3):
    loss = model(torch.randn(5, 3)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("[nn.Linear(3, 4) for _ in range(2)]", "nn.ModuleList([nn.Linear(3, 4) for _ in range(2)])")

FAULT = Fault(
    code="SC802",
    slug="hidden_in_plain_list",
    headline="layers stand in a plain list, and no optimizer holds them",
    why=(
        "A module knows of the modules that are its attributes, not of those in a list, a tuple or a dict that is one. "
        "parameters() passes them over, and so do to(), state_dict() and the optimizer: they run with the numbers that "
        "they began with."
    ),
    recognise=sees("hidden_in_plain_list", certainty="proved"),
    bad=BAD,
    good=GOOD,
    lesson="Layers in a list belong in nn.ModuleList, layers in a dict in nn.ModuleDict.",
)
