"""The loss asks for the targets of padding as well."""

from __future__ import annotations

from dataclasses import replace

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 8, padding_idx=0)
        self.gru = nn.GRU(8, 8, batch_first=True)
        self.linear = nn.Linear(8, 5)

    def forward(self, words):
        out, _ = self.gru(self.embedding(words))
        return self.linear(out).transpose(1, 2)


padding = torch.arange(6) >= torch.tensor([6, 3, 4, 2])[:, None]
words = torch.randint(1, 9, (4, 6)).masked_fill(padding, 0)
tags = torch.randint(1, 5, (4, 6)).masked_fill(padding, 0)
report = audit(Tagger(), nn.CrossEntropyLoss(), (words, tags))
"""
)

GOOD = BAD.replace("nn.CrossEntropyLoss()", "nn.CrossEntropyLoss(ignore_index=0)")


def _recognise(evidence: Evidence) -> Recognition | None:
    """Padding that something else than a mask of the script says is certain; what a mask has blanked may be still."""
    doubted = sees("filler_asked_for", certainty="possible")(evidence)
    return replace(doubted, severity="note") if doubted is not None else sees("padding_asked_for")(evidence)


FAULT = Fault(
    code="SC746",
    slug="padding_asked_for",
    headline="the loss asks for the targets of padding as well",
    why=(
        "Where the input is padding, the target is too, and each of these positions has a term in the loss. Padding is "
        "easy to tell: the loss falls, and little is learned of the steps that there are."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="CrossEntropyLoss(ignore_index=pad) leaves the padding out, and so does a mean over what is there.",
)
