"""A tensor is made of the batch and its name is never read."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

def loss_of(layer, batch):
    x, y, confidence = batch
    scores = layer(x)
    weight = confidence.unsqueeze(1)
    return nn.functional.binary_cross_entropy_with_logits(scores, y)


layer = nn.Linear(5, 3)
optimizer = torch.optim.SGD(layer.parameters(), 0.01)
for step in range(3):
    loss = loss_of(layer, (torch.randn(6, 5), torch.rand(6, 3), torch.rand(6)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("logits(scores, y)", "logits(scores, y, weight=weight)")

FAULT = Fault(
    code="SC1097",
    slug="name_never_read",
    headline="what was made of the batch for a loss is never read",
    why=(
        "A weight, a mask or a length was made ready and given a name, and no call was handed it. Nothing fails: the "
        "loss counts what it was to leave out, or counts all samples alike."
    ),
    recognise=sees("name_never_read"),
    bad=BAD,
    good=GOOD,
    lesson="What is made is handed over: loss(scores, y, weight=weight).",
    severity="note",
)
