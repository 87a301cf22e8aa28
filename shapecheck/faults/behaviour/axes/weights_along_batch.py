"""Weights are counted along the samples."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.linear = nn.GRU(4, 6, batch_first=True), nn.Linear(6, 1)

    def forward(self, x):
        return self.linear(self.rnn(x)[0])[..., 0]


def criterion(out, target):
    weights = 0.9 ** torch.arange(out.size(0))
    return ((out - target) ** 2 * weights[:, None]).mean()


batch = torch.randn(5, 7, 4), torch.randn(5, 7)
report = audit(Model(), criterion, batch)
"""
)

GOOD = BAD.replace("out.size(0)", "out.size(1)").replace("weights[:, None]", "weights")

FAULT = Fault(
    code="SC1001",
    slug="weights_along_batch",
    headline="weights are counted along the samples",
    why=(
        "Weights that grow or fade from one step to the next belong along the steps. Counted along the batch they say "
        "how much a sample counts by its place in it, which means nothing, and all of its steps count alike."
    ),
    recognise=sees("weights_along_batch"),
    bad=BAD,
    good=GOOD,
    lesson="With the samples of a batch in another order the loss must be the same.",
)
