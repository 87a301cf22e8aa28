"""The two parts of an LSTM's state are handed over in the wrong order."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(3, 8, batch_first=True)
        self.decoder = nn.LSTM(2, 8, batch_first=True)
        self.linear = nn.Linear(8, 1)

    def forward(self, x, known):
        _, (h, c) = self.encoder(x)
        out, _ = self.decoder(known, (c, h))
        return self.linear(out)


batch = (torch.randn(4, 7, 3), torch.randn(4, 5, 2)), torch.randn(4, 5, 1)
report = audit(Model(), nn.MSELoss(), batch)
"""
)

GOOD = BAD.replace("(c, h)", "(h, c)")

FAULT = Fault(
    code="SC764",
    slug="states_exchanged",
    headline="the two parts of an LSTM's state are handed over in the wrong order",
    why=("Both have the same shape, so either order runs. The state of an LSTM is (h, c): hidden state first."),
    recognise=sees("states_exchanged"),
    bad=BAD,
    good=GOOD,
    lesson="(h, c) comes out and (h, c) goes in.",
)
