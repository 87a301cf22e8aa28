"""A next-step model is asked for the step that it was given."""

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
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.linear = nn.Linear(8, 9)

    def forward(self, x):
        h, mask = self.embedding(x), torch.ones(7, 7, dtype=torch.bool).triu(1)
        out, _ = self.attention(h, h, h, attn_mask=mask)
        return self.linear(h + out).transpose(1, 2)


text = torch.randint(0, 9, (4, 8))
report = audit(Model(), nn.CrossEntropyLoss(), (text[:, :-1], text[:, :-1]))
"""
)

GOOD = BAD.replace("(text[:, :-1], text[:, :-1])", "(text[:, :-1], text[:, 1:])")

FAULT = Fault(
    code="SC745",
    slug="target_not_shifted",
    headline="a next-step model is asked for the step that it was given",
    why=(
        "Later steps are hidden, but the target is not the next step: it is the one that the model has just read. The "
        "loss falls to nothing, and what the model learned is to copy."
    ),
    recognise=sees("target_not_shifted"),
    bad=BAD,
    good=GOOD,
    lesson="Of a sequence, x[:, :-1] goes in and x[:, 1:] is asked for.",
)
