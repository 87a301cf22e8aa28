"""One share of a mixture of data and noise lacks its root."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
model = nn.Linear(8, 8)
kept = torch.cumprod(1 - torch.linspace(0.01, 0.2, 20), 0)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for step in range(3):
    x, t = torch.randn(6, 8), torch.randint(0, 20, (6,))
    noise, keep = torch.randn_like(x), kept[t].unsqueeze(1)
    noisy = keep.sqrt() * x + (1 - keep) * noise
    loss = nn.functional.mse_loss(model(noisy), noise)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("(1 - keep) * noise", "(1 - keep).sqrt() * noise")

FAULT = Fault(
    code="SC767",
    slug="noise_without_root",
    headline="of the shares of data and noise in a diffusion, one is a root and the other is not",
    why=(
        "The variances of data and noise add up, not their deviations: the noised sample is sqrt(a) of the data and "
        "sqrt(1 - a) of the noise. Without the second root the early steps get far too little noise, and a sampler "
        "that begins with pure noise meets what the model was never shown."
    ),
    recognise=sees("noise_without_root"),
    bad=BAD,
    good=GOOD,
    lesson="Both shares are roots: a.sqrt() * x + (1 - a).sqrt() * noise.",
)
