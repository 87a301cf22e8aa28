"""The padding mask hides everything but the padding."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 8, padding_idx=0)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.linear = nn.Linear(8, 5)

    def forward(self, words):
        h, mask = self.embedding(words), words != 0
        h, _ = self.attention(h, h, h, key_padding_mask=mask)
        return self.linear(h[:, 0])


words = torch.randint(1, 9, (4, 6))
words[torch.arange(6) >= torch.tensor([6, 3, 4, 2])[:, None]] = 0
report = audit(Model(), nn.CrossEntropyLoss(), (words, torch.tensor([0, 1, 2, 3])))
"""
)
# A row without padding would see nothing at all, which is NaN at once.
BAD = BAD.replace("[6, 3, 4, 2]", "[5, 3, 4, 2]")

GOOD = BAD.replace("words != 0", "words == 0")

FAULT = Fault(
    code="SC756",
    slug="mask_turned_round",
    headline="the mask hides everything but the padding",
    why=(
        "In key_padding_mask, True means hidden. The mask that was given is True where there is something: attention "
        "reads the padding and nothing else."
    ),
    recognise=sees("mask_turned_round"),
    bad=BAD,
    good=GOOD,
    lesson="key_padding_mask says what is padding: ids == pad.",
)
