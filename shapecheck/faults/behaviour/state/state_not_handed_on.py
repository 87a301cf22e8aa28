"""The state that a recurrent layer returns in a loop is not handed on."""

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
        self.cell = nn.LSTMCell(3, 8)
        self.linear = nn.Linear(8, 3)

    def forward(self, x):
        _, (h, c) = self.encoder(x)
        state, out = (h[0], c[0]), []
        for step in x[:, :-1].unbind(1):
            h, c = self.cell(step, state)
            out.append(self.linear(h))
        return torch.stack(out, 1)


x = torch.randn(4, 7, 3)
report = audit(Model(), nn.MSELoss(), (x, torch.randn(4, 6, 3)))
"""
)

GOOD = BAD.replace("h, c = self.cell(step, state)", "h, c = state = self.cell(step, state)")

FAULT = Fault(
    code="SC830",
    slug="state_not_handed_on",
    headline="each step starts from the same state, and the new one is dropped",
    why=(
        "A cell remembers by what it is given: the state that it returned in the step before. Given the first state "
        "each time, it forgets after every step what it has read."
    ),
    recognise=sees("state_not_handed_on"),
    bad=BAD,
    good=GOOD,
    lesson="In a loop, what comes back as the state goes in as the state: state = cell(x, state).",
)
