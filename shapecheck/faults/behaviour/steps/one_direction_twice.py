"""One direction of a recurrent layer is joined with itself."""

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
        _, h_n = self.gru(x)
        return self.linear(torch.cat([h_n[0], h_n[0]], dim=1))


report = audit(Model(), nn.MSELoss(), (torch.randn(4, 7, 3), torch.randn(4, 5)))
"""
)

GOOD = BAD.replace("h_n[0], h_n[0]", "h_n[0], h_n[1]")

FAULT = Fault(
    code="SC832",
    slug="one_direction_twice",
    headline="one direction is joined with itself, and the other one is read by nothing",
    why=(
        "A layer of two directions returns a state of each. The width fits with one of them twice as well, but then "
        "the other direction has no influence and is not trained."
    ),
    recognise=sees("one_direction_twice"),
    bad=BAD,
    good=GOOD,
    lesson="The last layer's directions are h_n[-2] and h_n[-1].",
)
