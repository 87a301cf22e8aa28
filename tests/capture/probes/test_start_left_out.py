"""Decoders that could start from what an encoder has read, and are given nothing: the source is read for nobody."""

from __future__ import annotations

import pytest
from programs import audited, lines_told

PROGRAM = """
class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.rnn = nn.Embedding(20, 8), nn.{kind}(8, 12, batch_first=True)

    def forward(self, source):
        return self.rnn(self.table(source))


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.rnn = nn.Embedding(20, 8), nn.{kind}(8, 12, batch_first=True)
        self.out = nn.Linear(12, 20)

    def forward(self, words, start=None):
        read, end = self.rnn(self.table(words), start)
        return self.out(read), end


class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = Encoder(), Decoder()

    def forward(self, source, words):
        read, {name} = self.encoder(source)
        return self.decoder({given})[0]


model = Both()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    source, words = torch.randint(0, 20, (5, 9)), torch.randint(0, 20, (5, 7))
    loss = F.cross_entropy(model(source, words[:, :-1]).flatten(0, 1), words[:, 1:].flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize("kind", ["GRU", "LSTM"])
def test_the_call_that_is_not_given_the_state_is_told(kind):
    text = PROGRAM.format(kind=kind, name="start", given="words")
    assert lines_told(text, "") == ["return self.decoder(words)[0]"]
    ((slug, lines),) = audited(text, "")
    assert slug == "input_without_influence"
    assert lines == ["        return self.decoder(words, start)[0]\n"]


def test_what_has_another_name_is_told_without_an_edit():
    assert audited(PROGRAM.format(kind="GRU", name="last", given="words"), "") == [("input_without_influence", [])]


def test_a_decoder_that_is_given_the_state_is_left_alone():
    assert audited(PROGRAM.format(kind="GRU", name="start", given="words, start=start"), "") == []
