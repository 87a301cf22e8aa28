"""Whether one of the best guesses is right is asked of the guesses instead of the samples."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
model = nn.Linear(4, 7)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    x, y = torch.randn(9, 4), torch.randint(0, 7, (9,))
    scores = model(x)
    loss = nn.functional.cross_entropy(scores, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    hits = scores.topk(3, dim=1).indices == y[:, None]
    print("top 3", hits.any(dim=0).float().mean().item())
"""
)

GOOD = BAD.replace("any(dim=0)", "any(dim=1)")

FAULT = Fault(
    code="SC838",
    slug="hits_along_samples",
    headline="a measure of the best guesses runs along the samples",
    why=(
        "any(dim=0) of (batch, rank) asks of each rank whether any sample of the batch was hit there. With many "
        "samples that is nearly always so, whatever the model does. In how many samples one of the guesses is right "
        "is any(dim=1)."
    ),
    recognise=sees("hits_along_samples"),
    bad=BAD,
    good=GOOD,
    lesson="Reduce the ranks first, then average over the samples.",
)
