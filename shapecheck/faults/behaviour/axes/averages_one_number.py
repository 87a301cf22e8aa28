"""A term of the loss is averaged over the samples after they were all summed up."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.mean, self.logvar = nn.Linear(4, 3), nn.Linear(4, 3)
        self.decoder = nn.Linear(3, 4)

    def forward(self, x):
        mean, logvar = self.mean(x), self.logvar(x)
        return self.decoder(mean + torch.randn_like(mean) * (logvar / 2).exp()), mean, logvar


def criterion(out, target):
    decoded, mean, logvar = out
    kl = -0.5 * torch.sum(1 + logvar - mean**2 - logvar.exp())
    return nn.functional.mse_loss(decoded, target) + 0.1 * kl.mean(dim=0)


x = torch.randn(6, 4)
report = audit(Encoder(), criterion, (x, x))
"""
)

GOOD = BAD.replace("logvar.exp())\n", "logvar.exp(), dim=1)\n")

FAULT = Fault(
    code="SC854",
    slug="averages_one_number",
    headline="an average along an axis is taken of what is one number already",
    why=(
        "torch takes `dim=0` of a single number, and gives that number back. The sum in front had no `dim`: it took "
        "the samples together as well, so the term is not averaged over them and grows with the batch."
    ),
    recognise=sees("averages_one_number"),
    bad=BAD,
    good=GOOD,
    lesson="Sum over the axes of one sample, by name, and average over the samples: x.sum(dim=1).mean(dim=0).",
)
