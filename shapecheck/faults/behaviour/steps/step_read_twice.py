"""A loop over the steps of an input reads the first one twice and the last one never."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.out = nn.GRUCell(3, 4), nn.Linear(4, 1)

    def forward(self, x):
        state, now, found = torch.zeros(5, 4), x[:, 0], []
        for t in range(7):
            state = self.cell(now, state)
            found.append(self.out(state))
            if t < 6:
                now = x[:, t]
        return torch.cat(found, 1)


loss = nn.functional.mse_loss(Decoder()(torch.randn(5, 7, 3)), torch.randn(5, 7))
loss.backward()
"""
)

GOOD = BAD.replace("now = x[:, t]", "now = x[:, t + 1]")

FAULT = Fault(
    code="SC893",
    slug="step_read_twice",
    headline="a loop reads the first step twice and the last one never",
    why=(
        "What a round takes at its end is the input of the next one. If it takes the step of its own round, that was "
        "read already: from the second round on all predictions know the step before their own."
    ),
    recognise=sees("step_read_twice"),
    bad=BAD,
    good=GOOD,
    lesson="At the end of round t the next input is x[:, t + 1].",
)
