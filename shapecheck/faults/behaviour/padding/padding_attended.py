"""A softmax over the steps gives padding a share."""

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
        self.score, self.linear = nn.Linear(8, 1), nn.Linear(8, 5)

    def forward(self, words):
        h = self.embedding(words)
        scores = self.score(h).squeeze(-1)
        weights = scores.softmax(1)
        return self.linear((weights.unsqueeze(-1) * h).sum(1))


words = torch.randint(1, 9, (4, 6))
words[torch.arange(6) >= torch.tensor([6, 3, 4, 2])[:, None]] = 0
report = audit(Model(), nn.CrossEntropyLoss(), (words, torch.tensor([0, 1, 2, 3])))
"""
)

GOOD = BAD.replace("self.score(h).squeeze(-1)", "self.score(h).squeeze(-1).masked_fill(words == 0, float('-inf'))")

FAULT = Fault(
    code="SC757",
    slug="padding_attended",
    headline="a softmax over the steps gives padding a share",
    why=(
        "Attention weights add up to one over all steps, and padding is among them. What is left for the steps that "
        "there are depends on how long the longest sequence of the batch is."
    ),
    recognise=sees("padding_attended"),
    bad=BAD,
    good=GOOD,
    lesson="Fill the scores of padding with minus infinity before the softmax.",
)
