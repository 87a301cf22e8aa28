"""An operation runs along the samples."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.weigh = nn.Linear(8, 8)
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        return self.linear(x * torch.softmax(self.weigh(x), dim=0))


batch = torch.randn(4, 8), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("dim=0", "dim=1")

FAULT = Fault(
    code="SC705",
    slug="reduced_along_batch",
    headline="an operation runs along the samples",
    why=(
        "A softmax, mean or norm over the axis of the samples makes what is said of one depend on which "
        "others happen to be in the batch."
    ),
    recognise=sees("reduced_along_batch"),
    bad=BAD,
    good=GOOD,
    lesson="dim=0 is nearly always the batch.",
)
