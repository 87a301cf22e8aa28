"""The last real step was looked for by the first padding, and some rows have none."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 8, batch_first=True)
        self.linear = nn.Linear(8, 5)

    def forward(self, x, mask):
        out, _ = self.gru(x)
        last = (mask.argmin(1) - 1).clamp(min=0)
        return self.linear(out[torch.arange(4), last])


mask = (torch.arange(7) < torch.tensor([7, 3, 5, 6])[:, None]).long()
report = audit(Model(), nn.MSELoss(), ((torch.randn(4, 7, 3), mask), torch.randn(4, 5)))
"""
)

GOOD = BAD.replace("(mask.argmin(1) - 1).clamp(min=0)", "mask.sum(1) - 1")

FAULT = Fault(
    code="SC834",
    slug="first_step_of_full_rows",
    headline="rows without padding are represented by their first step",
    why=(
        "argmin and argmax say 0 where nothing is found. A row without padding has no first padding, so the step "
        "before it is not its last one."
    ),
    recognise=sees("first_step_of_full_rows"),
    bad=BAD,
    good=GOOD,
    lesson="Count the real steps instead: mask.sum(1) - 1.",
)
