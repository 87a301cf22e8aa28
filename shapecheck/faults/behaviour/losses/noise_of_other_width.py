"""Noise that is drawn with another width than the loss takes it to have."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

encoder, decoder = nn.Linear(6, 8), nn.Linear(4, 6)
optimizer = torch.optim.SGD([*encoder.parameters(), *decoder.parameters()], 0.01)
for step in range(3):
    x = torch.randn(5, 6)
    mean, logvar = encoder(x).chunk(2, dim=1)
    z = mean + torch.randn_like(mean) * logvar.exp()
    divergence = -0.5 * (1 + logvar - mean.pow(2) - logvar.exp()).sum(1)
    loss = ((decoder(z) - x).pow(2).sum(1) + divergence).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("* logvar.exp()\n", "* (logvar / 2).exp()\n")

FAULT = Fault(
    code="SC816",
    slug="noise_of_other_width",
    headline="noise is drawn with another width than the loss takes it to have",
    why=(
        "Noise is made as wide as a standard deviation, and formulas for a divergence or a density speak of variances, "
        "its square. Where both are made of one number, one of the two has a square root too few or too many: the "
        "samples come from another distribution than the one that the loss keeps in bounds."
    ),
    recognise=sees("noise_of_other_width"),
    bad=BAD,
    good=GOOD,
    lesson="A logarithm of a variance makes a deviation with half of it: (logvar / 2).exp().",
)
