"""A branch, or a feature, is left out by chance at the same steps of all samples."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.branch, self.top = nn.GRU(3, 8), nn.Linear(8, 8), nn.Linear(8, 5)

    def forward(self, x):
        h, _ = self.layer(x.transpose(0, 1))
        kept = torch.rand(h.shape[0], 1, 1) < 0.8
        h = h + self.branch(h).relu() * kept.float() / 0.8
        return self.top(h[-1])


batch = torch.randn(4, 7, 3), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("torch.rand(h.shape[0], 1, 1)", "torch.rand(1, h.shape[1], 1)")

FAULT = Fault(
    code="SC1077",
    slug="dropped_along_steps",
    headline="what is left out by chance is left out at the same steps of all samples",
    why=(
        "A branch that is left out by chance is left out of a whole sample, so one number is drawn for each of them. "
        "The first axis holds the samples only where they stand in front; in (seq_length, batch_size, width) it holds "
        "the steps, and each sample keeps the branch at some of them. A dropout that is locked over the steps has one "
        "number for each sample and feature; with the 1 in the place of the samples it is locked over these."
    ),
    recognise=sees("dropped_along_steps"),
    bad=BAD,
    good=GOOD,
    lesson="What is left out by chance has a number for each sample: the 1 stands where the steps are.",
)
