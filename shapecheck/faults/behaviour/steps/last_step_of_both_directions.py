"""The last step of a bidirectional layer was taken for the end of both directions."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 8, batch_first=True, bidirectional=True)
        self.linear = nn.Linear(16, 5)

    def forward(self, x):
        out, h_n = self.gru(x)
        return self.linear(out[:, -1])


batch = torch.randn(4, 7, 3), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("out[:, -1]", "torch.cat((h_n[-2], h_n[-1]), 1)")

FAULT = Fault(
    code="SC753",
    slug="last_step_of_both_directions",
    headline="the last step of a bidirectional layer was taken for the end of both directions",
    why=("The backward direction ends at the first step. At the last one it has read a single item."),
    recognise=sees("last_step_of_both_directions"),
    bad=BAD,
    good=GOOD,
    lesson="The ends of both directions are torch.cat((h_n[-2], h_n[-1]), 1).",
)
