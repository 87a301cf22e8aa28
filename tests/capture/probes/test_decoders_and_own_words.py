"""Decoders that start from what was read of something else, and are asked for the words that they are given."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

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


ROUNDS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.source, self.words = nn.Embedding(20, 8), nn.Embedding(20, 8)
        self.encoder, self.out = nn.GRU(8, 8, batch_first=True), nn.Linear(8, 20)
        self.cell = nn.{kind}(8, 8)

    def forward(self, source, words):
        state = {state}
        told = []
        for k in range(1, words.shape[1]):
            state = self.cell(self.words({given}), {read})
            told.append(self.out({said}))
        return torch.stack(told, dim=1)


model, criterion = Model(), nn.CrossEntropyLoss(ignore_index=0)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    source, words = torch.randint(2, 20, (5, 9)), torch.randint(2, 20, (5, 7))
    words[:, 0] = 1
    {ends}
    loss = criterion({scores}, {asked})
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
READ_FIRST = "self.encoder(self.source(source))[1][0]"
OWN, BEFORE = "words[:, k]", "words[:, k - 1]"


def in_rounds(given, kind="GRUCell", state=READ_FIRST, ends="", asked="words[:, 1:]"):
    read, said = ("state", "state")
    if kind == "LSTMCell":
        state, read, said = f"({state}, {state})", "state", "state[0]"
    scores = "model(source, words).transpose(1, 2)"
    return ROUNDS.format(
        kind=kind, given=given, state=state, read=read, said=said, ends=ends, asked=asked, scores=scores
    )


@pytest.mark.parametrize("kind", ["GRUCell", "LSTMCell", "RNNCell"])
@pytest.mark.parametrize("ends", ["", "words[0, 5:] = words[2, 4:] = 0"])
def test_rounds_that_leave_the_start_symbol_out_on_both_sides(kind, ends):
    program = in_rounds(OWN, kind, ends=ends)
    assert slugs(program, "") == ["target_not_shifted"]
    assert lines_told(program, "") == ["state = self.cell(self.words(words[:, k]), state)"]
    assert slugs(in_rounds(BEFORE, kind, ends=ends), "") == []


@pytest.mark.parametrize(
    "changes",
    [
        # A tag of each word, of which the model knows what is talked about.
        {"asked": "words[:, 1:] // 4 + 1"},
        # Words that are read for themselves, and no translation of anything.
        {"state": "torch.zeros(5, 8)"},
        # Every other word is another one than was given.
        {"asked": "torch.where(torch.arange(1, 7) % 2 == 0, 0, words[:, 1:])"},
    ],
)
def test_rounds_that_may_be_given_their_own_words(changes):
    assert slugs(in_rounds(OWN, **changes), "") == []
