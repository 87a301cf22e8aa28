"""Padding is pooled over along with the rest."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.linear = nn.Linear(8, 5)

    def forward(self, x, padding):
        h, _ = self.attention(x, x, x, key_padding_mask=padding)
        return self.linear(h.mean(1))


padding = torch.arange(6) >= torch.tensor([6, 3, 4, 2])[:, None]
batch = (torch.randn(4, 6, 8), padding), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("h.mean(1)", "(h * ~padding[..., None]).sum(1) / (~padding).sum(1, keepdim=True)")

FAULT = Fault(
    code="SC752",
    slug="padding_pooled",
    headline="padding is pooled over along with the rest",
    why=(
        "A mask hides the padding from attention, but the mean over the sequence counts it again: what is "
        "said of a short sequence depends on how long the longest of its batch is. So does the largest over the steps "
        "where a packed layer has no output and zeros stand."
    ),
    recognise=sees("padding_pooled"),
    bad=BAD,
    good=GOOD,
    lesson="Whoever gets the mask for attention needs it for pooling as well.",
)
