"""The hidden state of an LSTM is handed on in the place of its cell state as well."""

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
        self.linear = nn.Linear(8, 5)

    def forward(self, x, y):
        _, (h, c) = self.encoder(x)
        out, _ = self.decoder(y, (h, h))
        return self.linear(out[:, -1])


batch = (torch.randn(4, 7, 3), torch.randn(4, 6, 2)), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("(h, h)", "(h, c)")

FAULT = Fault(
    code="SC795",
    slug="hidden_state_for_cell",
    headline="the hidden state is handed on where the cell state belongs",
    why=(
        "An LSTM returns two states of one shape: h, what it says, and c, what it remembers. The layer that goes on "
        "from them takes both; given h twice it starts without the memory."
    ),
    recognise=sees("hidden_state_for_cell"),
    bad=BAD,
    good=GOOD,
    lesson="The state of an LSTM is the pair (h, c), handed on as it is.",
)
