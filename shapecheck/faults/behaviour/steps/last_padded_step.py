"""The last step that was taken is padding."""

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

    def forward(self, x, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True)
        out, h_n = self.gru(packed)
        out, _ = nn.utils.rnn.pad_packed_sequence(out, batch_first=True)
        return self.linear(out[:, -1])


batch = (torch.randn(4, 7, 3), torch.tensor([7, 5, 4, 2])), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("out[:, -1]", "h_n[-1]")

FAULT = Fault(
    code="SC754",
    slug="last_padded_step",
    headline="the step that was taken is padding",
    why=(
        "Short sequences are filled up to the length of the longest. With the filler behind them their last real step "
        "has the number lengths - 1; with the filler in front it is the last one of all."
    ),
    recognise=sees("last_padded_step"),
    bad=BAD,
    good=GOOD,
    lesson="h_n holds the last real step of each sequence.",
)
