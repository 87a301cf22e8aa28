"""The first step is read as a summary, and the token that was made for it is put nowhere."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.summary = nn.Parameter(torch.randn(1, 1, 8))
        self.encoder, self.score = nn.TransformerEncoderLayer(8, 2, 8, batch_first=True), nn.Linear(8, 5)

    def forward(self, steps):  # (batch_size, seq_length, num_features)
        return self.score(self.encoder({steps})[:, 0])


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(4):
    loss = nn.functional.cross_entropy(model(torch.randn(4, 7, 8)), torch.tensor([0, 1, 2, 3]))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("{steps}", "torch.cat([self.summary.expand(len(steps), -1, -1), steps], dim=1)")
BAD = BAD.replace("{steps}", "steps")

FAULT = Fault(
    code="SC1052",
    slug="token_left_out",
    headline="the first step is read for all, and the token that was to stand there is put nowhere",
    why=(
        "A learned token in front of a sequence has nothing of its own to say, so an attention can fill it with what "
        "all steps have in common. Without it, step 0 is the first step of the data: it attends to all, and to itself "
        "first of all."
    ),
    recognise=sees("token_left_out"),
    bad=BAD,
    good=GOOD,
    lesson="A parameter that never gets a gradient was forgotten somewhere: look where it was to be joined.",
)
