"""The shift by one step runs over the ends of the sequences."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.gru = nn.Embedding(9, 8), nn.GRU(8, 6, batch_first=True)
        self.linear = nn.Linear(6, 9)

    def forward(self, x):
        return self.linear(self.gru(self.embedding(x))[0])


names = torch.randint(0, 9, (4, 7))
scores = Model()(names)
loss = nn.functional.cross_entropy(scores.view(-1, 9)[:-1], names.view(-1)[1:])
loss.backward()
"""
)

GOOD = BAD.replace("scores.view(-1, 9)[:-1], names.view(-1)[1:]", "scores[:, :-1].transpose(1, 2), names[:, 1:]")

FAULT = Fault(
    code="SC748",
    slug="shifted_over_rows",
    headline="the last step of each sequence is asked for the first step of another one",
    why=(
        "All sequences were put into one row before the shift by one step. Within a sequence that is right; at its "
        "end the model is asked for how the next one begins, which has nothing to do with what it has read."
    ),
    recognise=sees("shifted_over_rows"),
    bad=BAD,
    good=GOOD,
    lesson="First the shift, x[:, :-1] and x[:, 1:], then the reshape.",
)
