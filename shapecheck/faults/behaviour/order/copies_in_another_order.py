"""Copies of the samples come in another order than what they are held against."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.score = nn.Linear(6, 1)

    def forward(self, context, answers):
        samples, count, _ = answers.shape
        copies = context.repeat(count, 1)
        pairs = torch.cat([copies, answers.reshape(samples * count, 3)], 1)
        return self.score(pairs.tanh()).view(samples, count)


batch = (torch.randn(4, 3), torch.randn(4, 5, 3)), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("context.repeat(count, 1)", "context.repeat_interleave(count, dim=0)")

FAULT = Fault(
    code="SC712",
    slug="copies_in_another_order",
    headline="copies of the samples come in another order than what they are held against",
    why=(
        "repeat sets the whole batch under itself (a b c a b c), repeat_interleave sets the copies of each sample next "
        "to each other (a a b b c c), as flattening (samples, count) does. Both have the same shape."
    ),
    recognise=sees("copies_in_another_order"),
    bad=BAD,
    good=GOOD,
    lesson="To go with rows that were flattened from (samples, count), repeat_interleave.",
)
