"""Samples of some of which nothing is asked: in these no word was hidden."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.out = nn.Embedding(30, 8), nn.Linear(20, 30)
        self.gru = nn.GRU(8, 10, bidirectional=True, batch_first={first})

    def forward(self, words):
        return self.out(self.gru(self.table(words))[0])

model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for step in range(2):
    words = torch.randint(3, 30, (8, 10))
    hidden = (torch.arange(10) + torch.arange(8).unsqueeze(1)) % 3 == step
    hidden[{none}] = False
    scores = model(words.masked_fill(hidden, 2))
    loss = F.cross_entropy(scores.transpose(1, 2), words.masked_fill(~hidden, -100))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(("first", "none"), [("True", "4"), ("True", "[4, 6]"), ("False", ":, 5"), ("False", ":, -1")])
def test_what_hides_nothing_in_some_samples(first, none):
    assert slugs(PROGRAM.format(first=first, none=none), after="") == []
