"""Errors are averaged over a batch and a divergence is summed up over it."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

encoder, decoder = nn.Linear(9, 6), nn.Linear(3, 9)
optimizer = torch.optim.SGD([*encoder.parameters(), *decoder.parameters()], 0.01)
for step in range(3):
    x = torch.rand(5, 9)
    mean, logvar = encoder(x).chunk(2, 1)
    decoded = decoder(mean + torch.randn_like(mean) * (logvar / 2).exp())
    errors = nn.functional.mse_loss(decoded, x)
    divergence = -0.5 * torch.sum(1 + logvar - mean.pow(2) - logvar.exp())
    loss = errors + divergence
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("mse_loss(decoded, x)", 'mse_loss(decoded, x, reduction="sum")')

FAULT = Fault(
    code="SC1092",
    slug="averaged_beside_summed",
    headline="errors are averaged over the batch, and a divergence beside them is summed up",
    why=(
        "Of each sample the errors of all its numbers and one divergence belong together. Averaged over the batch and "
        "its numbers the errors are small, and the divergence that is summed up over the batch is as much larger as "
        "there are numbers: it wins, what is drawn is noise, and what is decoded is the mean of the data. With another "
        "batch size it is another loss."
    ),
    recognise=sees("averaged_beside_summed"),
    bad=BAD,
    good=GOOD,
    lesson='Both as sums over the batch, or both per sample: reduction="sum" for both, then divided by len(x).',
)
