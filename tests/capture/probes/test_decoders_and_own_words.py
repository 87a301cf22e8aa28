"""Decoders that start from what was read of something else, and are asked for the words that they are given."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.source, self.words = nn.Embedding(20, 8), nn.Embedding(20, 8)
        self.encoder, self.decoder = nn.{kind}(8, 8, batch_first=True), nn.{kind}(8, 8, batch_first=True)
        self.out = nn.Linear(8, 20)

    def forward(self, source, words):
        _, state = self.encoder(self.source(source))
        return self.out(self.decoder(self.words(words), {state})[0])


model, criterion = Model(), nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
batches = [(torch.randint(0, 20, (5, 9)), torch.randint(0, 20, (5, 7))) for _ in range(3)]
for source, words in batches:
    loss = criterion(model({given}).transpose(1, 2), {asked})
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def told(given, asked, state="state", kind="GRU"):
    return slugs(PROGRAM.format(given=given, asked=asked, state=state, kind=kind), "")


@pytest.mark.parametrize("kind", ["GRU", "LSTM", "RNN"])
def test_a_translation_that_is_handed_the_word_that_it_is_to_say(kind):
    assert told("source, words", "words", kind=kind) == ["target_not_shifted"]


@pytest.mark.parametrize(
    ("given", "asked", "state"),
    [
        ("source, words[:, :-1]", "words[:, 1:]", "state"),
        # Nothing says that what comes next is meant, where a sequence is all that there is.
        ("words, words", "words", "state"),
        # A tag of each word, of which the model knows what is talked about.
        ("source, words", "words // 4", "state"),
    ],
)
def test_what_is_asked_for_the_next_word_or_for_something_else(given, asked, state):
    assert told(given, asked, state) == []
