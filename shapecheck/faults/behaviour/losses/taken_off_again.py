"""A sum adds a tensor and takes it off again."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Coded(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.book, self.decoder = nn.Linear(6, 4), nn.Embedding(9, 4), nn.Linear(4, 6)

    def forward(self, x):
        z = self.encoder(x)
        code = self.book(torch.cdist(z, self.book.weight).argmin(dim=1))
        return self.decoder(z + code - z)


batch = torch.randn(5, 6), torch.randn(5, 6)
report = audit(Coded(), nn.MSELoss(), batch)
"""
)

GOOD = BAD.replace("z + code - z", "z + (code - z).detach()")

FAULT = Fault(
    code="SC1031",
    slug="taken_off_again",
    headline="a sum adds a tensor and takes it off again",
    why=(
        "What is added and taken off in one sum leaves no trace in it, neither of its numbers nor of its gradient. "
        "Nobody writes that on purpose: one of both was to be without its gradient, as in a straight-through estimate, "
        "or to go through a function first, as the variance of a divergence."
    ),
    recognise=sees("taken_off_again"),
    bad=BAD,
    good=GOOD,
    lesson="Look what each term of a sum was to be: z + (code - z).detach(), or 1 + logvar - logvar.exp().",
)
