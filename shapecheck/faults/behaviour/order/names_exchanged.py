"""What a function returns is taken under each other's names."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.mean, self.spread, self.out = nn.Linear(6, 3), nn.Linear(6, 3), nn.Linear(3, 2)

    def encode(self, x):
        mu, logvar = self.mean(x), self.spread(x)
        return mu, logvar

    def forward(self, x):
        logvar, mu = self.encode(x)
        return self.out(mu + torch.randn_like(mu) * (logvar / 2).exp())


report = audit(Model(), nn.MSELoss(), (torch.randn(4, 6), torch.randn(4, 2)))
"""
)

GOOD = BAD.replace("logvar, mu = self.encode", "mu, logvar = self.encode")

FAULT = Fault(
    code="SC730",
    slug="names_exchanged",
    headline="what a function returns is taken under each other's names",
    why=(
        "What is returned is taken by its place, and not by its name. In another order each value goes by the name of "
        "the other one, and where their shapes are the same nothing says so."
    ),
    recognise=sees("names_exchanged"),
    bad=BAD,
    good=GOOD,
    lesson="Take results in the order in which they are returned, or return a NamedTuple.",
)
