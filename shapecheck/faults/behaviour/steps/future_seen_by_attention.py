"""Attention lets a next-step model see what it is to predict."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.linear = nn.Linear(8, 9)

    def forward(self, x):
        h, mask = self.embedding(x), None
        out, _ = self.attention(h, h, h, attn_mask=mask)
        return self.linear(out).transpose(1, 2)


text = torch.randint(0, 9, (4, 8))
report = audit(Model(), nn.CrossEntropyLoss(), (text[:, :-1], text[:, 1:]))
"""
)

GOOD = BAD.replace("self.embedding(x), None", "self.embedding(x), torch.ones(7, 7, dtype=torch.bool).triu(1)")

FAULT = Fault(
    code="SC741",
    slug="future_seen_by_attention",
    headline="attention lets a next-step model see what it is to predict",
    why=(
        "The target is the input one step later. Without a causal mask, or with one that hides other pairs of steps, "
        "a step attends to the later ones, and the answer is among them."
    ),
    recognise=sees("future_seen_by_attention"),
    bad=BAD,
    good=GOOD,
    lesson="Change a later step and see whether an earlier prediction moves.",
)
