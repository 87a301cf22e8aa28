"""A recurrent layer walks on through the padding, and its last state is used."""

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
        self.gru = nn.GRU(8, 8, batch_first=True)
        self.linear = nn.Linear(8, 5)

    def forward(self, words):
        steps = self.embedding(words)
        _, h_n = self.gru(steps)
        return self.linear(h_n[-1])


words = torch.randint(1, 9, (4, 6))
words[torch.arange(6) >= torch.tensor([6, 3, 4, 2])[:, None]] = 0
report = audit(Model(), nn.CrossEntropyLoss(), (words, torch.tensor([0, 1, 2, 3])))
"""
)

GOOD = BAD.replace(
    "        _, h_n = self.gru(steps)",
    "        lengths = (words != 0).sum(1)\n"
    "        packed = nn.utils.rnn.pack_padded_sequence(steps, lengths, batch_first=True, enforce_sorted=False)\n"
    "        _, h_n = self.gru(packed)",
)

FAULT = Fault(
    code="SC759",
    slug="padding_walked_through",
    headline="a recurrent layer walks on through the padding and its last state is used",
    why=(
        "The layer does not know where a sequence ends: the state of a short one is changed by each step of padding, "
        "so what is said of it depends on how long the longest sequence of its batch is."
    ),
    recognise=sees("padding_walked_through"),
    bad=BAD,
    good=GOOD,
    lesson="Pack what is padded: pack_padded_sequence(x, lengths).",
)
