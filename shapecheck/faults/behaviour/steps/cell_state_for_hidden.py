"""The memory of an LSTM is used as its output."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.LSTMCell(3, 8)
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        state = None
        for step in x.unbind(1):
            state = self.cell(step, state)
        return self.linear(state[1])


batch = torch.randn(4, 7, 3), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("state[1]", "state[0]")

FAULT = Fault(
    code="SC763",
    slug="cell_state_for_hidden",
    headline="the memory of an LSTM is used as its output",
    why=(
        "h and c have the same shape. h is what an LSTM says, between -1 and 1; c is what it keeps for itself. With c "
        "passed on, the output gate of the last step is never trained."
    ),
    recognise=sees("cell_state_for_hidden"),
    bad=BAD,
    good=GOOD,
    lesson="h goes to the next layer, c only to the next step of the same one.",
)
