"""Attention looks at the other samples, not at the other steps."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2)
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        out, _ = self.attention(x, x, x)
        return self.linear(out.mean(1))


batch = torch.randn(4, 7, 8), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("nn.MultiheadAttention(8, 2)", "nn.MultiheadAttention(8, 2, batch_first=True)")

FAULT = Fault(
    code="SC702",
    slug="attention_along_batch",
    headline="attention looks at the other samples, not at the other steps",
    why=(
        "Without batch_first=True nn.MultiheadAttention and the encoder layers take axis 0 for the "
        "sequence. Given (batch, time, features), each step attends to the same step of other samples."
    ),
    recognise=sees("attention_along_batch"),
    bad=BAD,
    good=GOOD,
    lesson="Attention mixes one axis; look which one.",
)
