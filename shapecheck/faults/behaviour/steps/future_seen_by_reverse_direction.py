"""A bidirectional layer lets a next-step model see what it is to predict."""

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
        self.gru = nn.GRU(8, 8, batch_first=True, bidirectional=True)
        self.linear = nn.LazyLinear(9)

    def forward(self, x):
        out, _ = self.gru(self.embedding(x))
        return self.linear(out).transpose(1, 2)


text = torch.randint(0, 9, (4, 8))
model = Model()
model(text)
report = audit(model, nn.CrossEntropyLoss(), (text[:, :-1], text[:, 1:]))
"""
)

GOOD = BAD.replace(", bidirectional=True", "")

FAULT = Fault(
    code="SC742",
    slug="future_seen_by_reverse_direction",
    headline="a bidirectional layer lets a next-step model see what it is to predict",
    why=("The backward direction has read the later steps first, and the target is the input one step later."),
    recognise=sees("future_seen_by_reverse_direction"),
    bad=BAD,
    good=GOOD,
    lesson="Nothing that predicts the next step may be bidirectional.",
)
