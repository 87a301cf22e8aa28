"""Attention looks at the other heads of a step, not at the other steps."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = nn.Linear(6, 12), nn.Linear(6, 12), nn.Linear(6, 12)
        self.linear = nn.Linear(12, 5)

    def forward(self, x):
        b, t, _ = x.shape
        q, k, v = (layer(x).view(b, t, 3, 4) for layer in (self.q, self.k, self.v))
        out = nn.functional.scaled_dot_product_attention(q, k, v)
        return self.linear(out.reshape(b, t, 12).mean(1))


batch = torch.randn(4, 7, 6), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace(".view(b, t, 3, 4)", ".view(b, t, 3, 4).transpose(1, 2)").replace(
    "out.reshape(b, t, 12)", "out.transpose(1, 2).reshape(b, t, 12)"
)

FAULT = Fault(
    code="SC708",
    slug="attention_between_heads",
    headline="attention looks at the other heads of a step, not at the other steps",
    why=(
        "scaled_dot_product_attention, like a product of queries and keys, looks along the last axis but one. Cut as "
        "(batch, time, heads, size) that axis holds the heads: every step keeps to itself, however long a sequence is."
    ),
    recognise=sees("attention_between_heads"),
    bad=BAD,
    good=GOOD,
    lesson="(batch, heads, time, size) for the attention, and back to (batch, time, heads, size) before joining.",
)
