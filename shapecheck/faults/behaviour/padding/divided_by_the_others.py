"""A sum over what a mask leaves is divided by the number of what it leaves out."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
hidden = torch.rand(4, 9) < 0.3
sound = torch.randn(4, 9, 3)
model = nn.LSTM(3, 3, batch_first=True, bidirectional=True)
linear = nn.Linear(6, 3)
optimizer = torch.optim.SGD([*model.parameters(), *linear.parameters()], 0.1)
for _ in range(2):
    out, _ = model(sound.masked_fill(hidden[..., None], 0.0))
    losses = (linear(out) - sound).pow(2).mean(2)
    loss = losses.masked_fill(hidden, 0.0).sum() / hidden.sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("masked_fill(hidden, 0.0).sum()", "masked_fill(~hidden, 0.0).sum()")

FAULT = Fault(
    code="SC765",
    slug="divided_by_the_others",
    headline="a masked sum is divided by the number of what was left out of it",
    why=(
        "A masked mean is the sum of what the mask keeps over the number of the same. Here the mask that counts is "
        "the one by which positions are left out: one of the two is the wrong way round, and what was to be learned "
        "may be just what is left out."
    ),
    recognise=sees("divided_by_the_others"),
    bad=BAD,
    good=GOOD,
    lesson="One mask for both: (loss * keep).sum() / keep.sum().",
)
