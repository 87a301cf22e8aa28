"""An attention hides its keys where another sequence has its padding."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.source, self.target = nn.Embedding(9, 8), nn.Embedding(9, 8)
        self.cross = nn.MultiheadAttention(8, 2, batch_first=True)
        self.linear = nn.Linear(8, 9)

    def forward(self, source, target):
        source_padding, target_padding = source == 0, target == 0
        memory, h = self.source(source), self.target(target)
        h = h + self.cross(h, memory, memory, key_padding_mask=target_padding)[0]
        return self.linear(h).transpose(1, 2)


def filled(lengths):
    words = torch.randint(1, 9, (4, 6))
    return words.masked_fill(torch.arange(6) >= torch.tensor(lengths)[:, None], 0)


source, target = filled([6, 5, 4, 6]), filled([3, 2, 6, 4])
labels = torch.randint(1, 9, (4, 6)).masked_fill(target == 0, 0)
report = audit(Model(), nn.CrossEntropyLoss(ignore_index=0), ((source, target), labels))
"""
)

GOOD = BAD.replace("key_padding_mask=target_padding", "key_padding_mask=source_padding")

FAULT = Fault(
    code="SC860",
    slug="mask_of_other_sequence",
    headline="an attention hides its keys by the padding of another sequence",
    why=(
        "Both sequences are filled up to one length, so the mask of either fits. The keys come from one of them, and "
        "the mask says where the other ends: real keys are hidden, and padding is seen."
    ),
    recognise=sees("mask_of_other_sequence"),
    bad=BAD,
    good=GOOD,
    lesson="The padding mask of an attention belongs to the sequence that its keys come from.",
)
