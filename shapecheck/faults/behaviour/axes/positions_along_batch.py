"""Positions are counted along the samples."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.position = nn.Embedding(20, 8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        h = x + self.position(torch.arange(x.size(0)).unsqueeze(1))
        out, _ = self.attention(h, h, h)
        return self.linear(out.mean(1))


batch = torch.randn(4, 7, 8), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("x.size(0)).unsqueeze(1)", "x.size(1)).unsqueeze(0)")

FAULT = Fault(
    code="SC706",
    slug="positions_along_batch",
    headline="positions are counted along the samples",
    why=(
        "A table of positions must be read along the sequence. Read along the batch, each sample is told "
        "its number in the batch, which means nothing, and its steps are not told apart."
    ),
    recognise=sees("positions_along_batch"),
    bad=BAD,
    good=GOOD,
    lesson="Two equal samples must get equal outputs, wherever they stand in the batch.",
)
