"""A divergence is taken between two parts of one distribution."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

layer = nn.Linear(5, 4)
optimizer = torch.optim.SGD(layer.parameters(), 0.01)
for step in range(3):
    x = torch.randn(6, 5)
    scores = layer(nn.functional.dropout(torch.cat([x, x]), 0.3))
    one, other = scores.log_softmax(-1).chunk(2, dim=-1)
    agreed = nn.functional.kl_div(one, other, log_target=True, reduction="batchmean")
    loss = nn.functional.cross_entropy(scores, torch.arange(12) % 6 % 4) + agreed
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("chunk(2, dim=-1)", "chunk(2, dim=0)")

FAULT = Fault(
    code="SC1096",
    slug="shares_cut_apart",
    headline="a divergence holds two parts of one distribution against each other",
    why=(
        "A softmax divides one among the classes of a sample. Cut along the classes, some of the shares stand on "
        "one side and the rest on the other: neither side sums to one, and the loss pulls different classes of one "
        "sample together instead of the same classes of two."
    ),
    recognise=sees("shares_cut_apart"),
    bad=BAD,
    good=GOOD,
    lesson="Two halves of a batch: chunk(2, dim=0). Classes stay together.",
)
