"""Each step of a next-step model is told of its whole block, or of all steps, among which the next one lies."""

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
        self.rnn = nn.GRU(8, 8, batch_first=True)
        self.head = nn.Linear(8, 9)

    def forward(self, x):
        h = self.embedding(x)
        means = h.view(len(x), 5, 3, 8).mean(2)
        summary = self.rnn(means)[0]
        return self.head(h + summary.repeat_interleave(3, dim=1)).transpose(1, 2)


text = torch.randint(0, 9, (4, 16))
report = audit(Model(), nn.CrossEntropyLoss(), (text[:, :-1], text[:, 1:]))
"""
)

GOOD = BAD.replace("self.rnn(means)[0]", "nn.functional.pad(self.rnn(means)[0], (0, 0, 1, -1))")

FAULT = Fault(
    code="SC747",
    slug="future_seen_in_summaries",
    headline="summaries of steps let a next-step model see what it is to predict",
    why=(
        "A summary of a block, or of a whole sequence, is made of all of its steps. Handed to these very steps, it "
        "tells each of them what comes later, and the target is the input one step later."
    ),
    recognise=sees("future_seen_in_summaries"),
    bad=BAD,
    good=GOOD,
    lesson="Hand the summary of a block to the next block, and to a step what sums up the steps up to it.",
)
