"""The divergence of a normal distribution from the standard one is another function of mean and deviation."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.mean, self.logstd, self.decoder = nn.Linear(7, 3), nn.Linear(7, 3), nn.Linear(3, 7)

    def forward(self, x):
        mean, std = self.mean(x), self.logstd(x).exp()
        return self.decoder(mean + torch.randn_like(mean) * std), mean, std


model = Autoencoder()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for step in range(3):
    x = torch.randn(6, 7)
    decoded, mean, std = model(x)
    divergence = 0.5 * (mean ** 2 + std - 2 * std.log() - 1).sum(1).mean()
    loss = nn.functional.mse_loss(decoded, x) + 0.1 * divergence
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("mean ** 2 + std -", "mean ** 2 + std ** 2 -")

FAULT = Fault(
    code="SC766",
    slug="divergence_of_normal",
    headline="what is written as the divergence from the standard normal distribution is not that of the sample",
    why=(
        "The divergence of a normal distribution from the standard one is half of m^2 + s^2 - 2 ln(s) - 1. With the "
        "deviation in the place of the variance, or with the logarithm of one taken for that of the other, it is least "
        "at a deviation that is not 1, may be negative, and draws the latent space to what nobody samples from."
    ),
    recognise=sees("divergence_of_normal"),
    bad=BAD,
    good=GOOD,
    lesson="exp(logvar) is a variance, exp(logvar / 2) a deviation: sample with the one, and weigh the other.",
)
