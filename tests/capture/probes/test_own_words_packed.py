"""Words that are packed with their lengths before a decoder is asked for them: the next ones, or those it is given."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Teller(nn.Module):
    def __init__(self):
        super().__init__()
        self.read, self.words = nn.Linear(6, 9), nn.Embedding(21, 8, padding_idx=0)
        self.decoder, self.out = nn.{kind}(8, 9, batch_first=True), nn.Linear(9, {classes})

    def forward(self, scene, words, lengths):
        state = torch.tanh(self.read(scene))[None]
        {words}
        packed = pack_padded_sequence(words, lengths, batch_first=True{unsorted})
        return self.out(self.decoder(packed, {state})[0].data)


def batch():
    lengths = {lengths}
    words = [torch.cat([torch.tensor([1]), torch.randint(3, 21, (n - 2,)), torch.tensor([2])]) for n in lengths]
    return torch.randn(len(lengths), 6), nn.utils.rnn.pad_sequence(words, batch_first=True), torch.tensor(lengths)


model, criterion = Teller(), nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    scene, words, n = batch()
    asked = pack_padded_sequence({asked}, {count}, batch_first=True{unsorted}).data
    loss = criterion(model(scene, {given}, {count}), {of})
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
HEAD = "from torch.nn.utils.rnn import pack_padded_sequence"


def told(given, asked, **changes):
    kind = changes.get("kind", "GRU")
    parts = {
        "kind": kind,
        "classes": 21,
        "words": "words = self.words(words)",
        "unsorted": "",
        "lengths": [9, 8, 6, 5],
        "count": "n - 1",
        "of": "asked",
        "state": "(state, state)" if kind == "LSTM" else "state",
        **changes,
    }
    return slugs(HEAD + PROGRAM.format(given=given, asked=asked, **parts), "")


UNSORTED = {"unsorted": ", enforce_sorted=False", "lengths": [6, 9, 5, 8]}


@pytest.mark.parametrize("changes", [{}, UNSORTED, {"kind": "LSTM"}])
def test_a_decoder_that_is_asked_for_the_words_that_it_is_given(changes):
    assert told("words[:, :-1]", "words[:, :-1]", **changes) == ["target_not_shifted"]


@pytest.mark.parametrize("changes", [{}, UNSORTED, {"kind": "LSTM"}])
def test_a_decoder_that_is_asked_for_the_next_words(changes):
    assert told("words[:, :-1]", "words[:, 1:]", **changes) == []


FRONT = "words = torch.cat([state[0, :, :8].unsqueeze(1), self.words(words)], dim=1)"


def test_what_was_told_is_put_in_front_of_the_words():
    # The output at a step knows the words before it: the shift is in the model.
    assert told("words", "words", words=FRONT, count="n") == []


def test_a_kind_of_each_word_that_is_given():
    assert told("words[:, :-1]", "words[:, :-1]", of="asked // 3", classes=7) == []
