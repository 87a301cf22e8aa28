"""The state of a lower layer was taken, and the layers above it do nothing."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 8, num_layers=2, batch_first=True)
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        _, h_n = self.gru(x)
        return self.linear(h_n[0])


batch = torch.randn(4, 7, 3), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("h_n[0]", "h_n[-1]")

FAULT = Fault(
    code="SC755",
    slug="state_of_lower_layer",
    headline="the state of a lower layer was taken, and the layers above it do nothing",
    why=(
        "h_n holds the last state of every layer, the lowest first. With the first one only, the other "
        "layers have no part in the output and get no gradient."
    ),
    recognise=sees("state_of_lower_layer", certainty="proved"),
    bad=BAD,
    good=GOOD,
    lesson="h_n[-1] is the last layer.",
)
