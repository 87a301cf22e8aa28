"""Words that a model draws while it writes: by weights of the words, or of something else."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.rnn, self.out = nn.Embedding(11, 8), nn.GRU(8, 8, batch_first=True), nn.Linear(8, 11)

    def forward(self, tokens):
        return self.out(self.rnn(self.embed(tokens))[0])


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    tokens = torch.randint(0, 11, (5, 9))
    loss = F.cross_entropy(model(tokens[:, :-1]).transpose(1, 2), tokens[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
tokens = torch.randint(0, 11, ({samples}, 2))
with torch.no_grad():
    for _ in range(4):
        scores = model(tokens)[:, -1]
        weights = {weights}
        tokens = torch.cat([tokens, torch.multinomial(weights, 1)], 1)
"""


def told(weights, samples=1):
    return slugs(PROGRAM.format(weights=weights, samples=samples), "")


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("weights", ["scores.softmax(0)", "F.softmax(scores / 0.7, dim=0)", "nn.Softmax(-2)(scores)"])
def test_weights_of_the_samples(weights, samples):
    assert told(weights, samples) == ["drawn_beside_choices"]


@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("weights", ["scores.softmax(-1)", "F.softmax(scores / 0.7, dim=1)", "scores.mT.softmax(0).mT"])
def test_weights_of_the_choices(weights, samples):
    assert told(weights, samples) == []
