"""Loops that write on and read one step of what a model says: the newest one, or one that never changes."""

from __future__ import annotations

import pytest
from programs import slugs

KIND = "same_step_each_round"
PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.places = nn.Embedding(9, 8), nn.Embedding(40, 8)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
        self.rnn, self.out = nn.GRU(8, 8, batch_first=True), nn.Linear(8, 9)

    def forward(self, tokens):
        x = self.tokens(tokens) + self.places(torch.arange(tokens.shape[1]))
        ahead = torch.ones(tokens.shape[1], tokens.shape[1]).triu(1).bool()
        h = {states}
        return self.out(h), h


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    words = torch.randint(0, 9, (5, 7))
    loss = F.cross_entropy(model(words[:, :-1])[0].mT, words[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def write(tokens):
    found, length = [], tokens.shape[1]
    with torch.no_grad():
        for _ in range(6):
            scores, states = model({given})
            {kept}
            chosen = {chosen}.argmax(-1, keepdim=True)
            tokens = {joined}
    return tokens, found


model.eval()
for first in (2, 5):
    print(write(torch.tensor([[first, 7, first], [1, first, 4]])))
"""
CAUSAL, WALKED, ALL = "self.layer(x, src_mask=ahead)", "self.rnn(x)[0]", "self.layer(x)"
DEFAULT = {
    "states": CAUSAL, "kept": "found.append(states[:, -1])", "chosen": "scores[:, -1]",
    "joined": "torch.cat([tokens, chosen], 1)", "given": "tokens",
}  # fmt: skip


def told(**parts):
    return slugs(PROGRAM.format(**DEFAULT | parts), "")


@pytest.mark.parametrize("states", [CAUSAL, WALKED])
@pytest.mark.parametrize(
    "parts",
    [
        {"kept": "found.append(states[:, 0])"},
        {"kept": "found.append(states.select(1, 0))"},
        {"kept": "found.append(states[:, length - 1])"},
        {"kept": "pass", "chosen": "scores[:, 0]"},
        {"kept": "pass", "chosen": "scores[:, length - 1]"},
        {"kept": "pass", "chosen": "scores[:, 0]", "given": "tokens[:, -24:]"},
    ],
)
def test_a_step_that_was_there_from_the_beginning(states, parts):
    assert told(states=states, **parts) == [KIND]


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"states": WALKED},
        {"kept": "found.append(states[:, tokens.shape[1] - 1])", "chosen": "scores[:, tokens.shape[1] - 1]"},
        # The first step beside the newest one.
        {"kept": "found.append(states[:, -1] - states[:, 0])"},
        # Steps of their own, each of which is begun anew.
        {"kept": "found.append(states[:, 0])", "joined": "torch.cat([chosen, tokens[:, :-1]], 1)"},
        {"kept": "found.append(states[:, 0])", "joined": "torch.cat([chosen, tokens], 1)"},
    ],
)
def test_a_step_that_goes_on_or_sees_the_others(parts):
    assert told(**parts) == []


def test_a_step_that_looks_both_ways_changes_each_time():
    # Which is another mistake, of a model that is asked for the next step.
    assert told(states=ALL, kept="found.append(states[:, 0])") == ["future_seen_by_attention"]
