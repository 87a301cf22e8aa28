"""Whether an answer is right as a whole is asked of the samples instead of its parts."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import sees

BAD = """\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
data = TensorDataset(torch.randn(12, 6, 4), torch.randint(0, 3, (12, 6)))
model = nn.Linear(4, 3)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for x, y in DataLoader(data, 4, shuffle=True):
    scores = model(x)
    loss = nn.functional.cross_entropy(scores.flatten(0, 1), y.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("words read", (scores.argmax(-1) == y).all(dim=0).float().mean().item())
"""

GOOD = BAD.replace("all(dim=0)", "all(dim=1)")

FAULT = Fault(
    code="SC842",
    slug="exact_over_samples",
    headline="a measure of whole answers runs along the samples",
    why=(
        "all(dim=0) of (batch, place) asks at each place whether every sample of the batch is right there. How many "
        "answers are right as a whole is all(dim=1); the other number depends on the size of the batch."
    ),
    recognise=sees("exact_over_samples"),
    bad=BAD,
    good=GOOD,
    lesson="Reduce the places first, then average over the samples.",
)
