"""A loop that lets a sequence grow reads a step of it that never changes."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.rnn, self.out = nn.Embedding(9, 8), nn.GRU(8, 8, batch_first=True), nn.Linear(8, 9)

    def forward(self, tokens):
        return self.out(self.rnn(self.tokens(tokens))[0])


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    words = torch.randint(0, 9, (5, 7))
    loss = nn.functional.cross_entropy(model(words[:, :-1]).mT, words[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
tokens = torch.tensor([[1, 5]])
with torch.no_grad():
    for _ in range(6):
        scores = model(tokens)[:, 1]
        tokens = torch.cat([tokens, scores.argmax(-1, keepdim=True)], 1)
"""
)

GOOD = BAD.replace("[:, 1]", "[:, -1]")

FAULT = Fault(
    code="SC899",
    slug="same_step_each_round",
    headline="a loop that writes on reads a step that never changes",
    why=(
        "A model that goes from step to step says at each step what it makes of those before. At a step that was "
        "there from the beginning it says the same however much was written behind it; the newest step is the last."
    ),
    recognise=sees("same_step_each_round"),
    bad=BAD,
    good=GOOD,
    lesson="In a loop that writes on, take the last step: [:, -1].",
)
