"""A recurrent layer of two directions begins in the padding, and each of its steps is used."""

from __future__ import annotations

from dataclasses import replace

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 8, padding_idx=0)
        self.gru = nn.GRU(8, 8, batch_first=True, bidirectional=True)
        self.linear = nn.Linear(16, 5)

    def forward(self, words):
        steps, _ = self.gru(self.embedding(words))
        return self.linear(steps).transpose(1, 2)


words = torch.randint(1, 9, (4, 6))
hidden = torch.arange(6) >= torch.tensor([6, 3, 4, 2])[:, None]
words[hidden] = 0
tags = torch.randint(0, 5, (4, 6)).masked_fill(hidden, -100)
report = audit(Model(), nn.CrossEntropyLoss(), (words, tags))
"""
)

GOOD = BAD.replace(
    "        steps, _ = self.gru(self.embedding(words))",
    "        lengths = (words != 0).sum(1)\n"
    "        packed = nn.utils.rnn.pack_padded_sequence(\n"
    "            self.embedding(words), lengths, batch_first=True, enforce_sorted=False\n"
    "        )\n"
    "        steps, _ = nn.utils.rnn.pad_packed_sequence(self.gru(packed)[0], batch_first=True)",
)


def _recognise(evidence: Evidence) -> Recognition | None:
    """A note: what has learned to live with its padding is no worse for it where it always gets as much of it."""
    seen = sees("padding_read_backwards")(evidence)
    return replace(seen, severity="note") if seen is not None else None


FAULT = Fault(
    code="SC871",
    slug="padding_read_backwards",
    headline="the backward direction of a recurrent layer begins in the padding",
    why=(
        "The layer does not know where a sequence ends: its backward direction reads the padding first, and carries "
        "what it has read there into each step. A loss that leaves the padding out does not change that: what is said "
        "of the steps depends on how long the longest sequence of their batch is."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Pack what is padded: pack_padded_sequence(x, lengths).",
)
