"""A new sequence begins at position zero behind the keys and values of another one."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions, self.out = nn.Embedding(9, 8), nn.Embedding(32, 8), nn.Linear(8, 9)
        self.kept = None

    def clear(self):
        self.kept = None

    def forward(self, tokens, start=0, keep=False):
        x = self.tokens(tokens) + self.positions(torch.arange(start, start + tokens.shape[1]))
        seen = x if self.kept is None else torch.cat([self.kept, x], 1)
        if keep:
            self.kept = seen
        steps = torch.arange(seen.shape[1])
        hidden = steps[None] > steps[seen.shape[1] - x.shape[1] :, None]
        weights = (x @ seen.mT).masked_fill(hidden, float("-inf")).softmax(-1)
        return self.out(weights @ seen)


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    words = torch.randint(0, 9, (5, 7))
    loss = nn.functional.cross_entropy(model(words[:, :-1]).mT, words[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
for first in (1, 4):
    tokens = torch.tensor([[first]])
    with torch.no_grad():
        for at in range(6):
            tokens = model(tokens, at, keep=True)[:, -1:].argmax(-1)
"""
)

GOOD = BAD.replace("    tokens = torch.tensor", "    model.clear()\n    tokens = torch.tensor")

FAULT = Fault(
    code="SC898",
    slug="cache_begun_again",
    headline="a sequence begins behind what was kept of another one",
    why=(
        "What an attention keeps of the steps before saves it from reading them again. A sequence that begins has no "
        "steps before it; what is kept of another one it takes for its own past, with two steps at each position."
    ),
    recognise=sees("cache_begun_again"),
    bad=BAD,
    good=GOOD,
    lesson="Throw away what is kept where a sequence begins.",
)
