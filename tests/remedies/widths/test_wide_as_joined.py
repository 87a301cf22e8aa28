"""A decoder whose state is the two directions of an encoder side by side is as wide as both."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Encoder(nn.Module):
        def __init__(self, hidden):
            super().__init__()
            self.words = nn.Embedding(20, 6)
            self.rnn = nn.{kind}(6, hidden, batch_first=True, bidirectional=True)

        def forward(self, ids):
            return self.rnn(self.words(ids))[1]


    class Decoder(nn.Module):
        def __init__(self, words, hidden):
            super().__init__()
            self.words = nn.Embedding(words, hidden)
            self.rnn = nn.{kind}(hidden, hidden, batch_first=True)
            self.score = nn.Linear(hidden, words)

        def forward(self, ids, state):
            return self.score(self.rnn(self.words(ids), {joined})[0])


    {made}
    ids = torch.randint(0, 20, (3, 7))
    print(round(decoder(ids, encoder(ids)).sum().item(), 4))
"""
PLAIN = "hidden = 8\n    encoder, decoder = Encoder(hidden), Decoder(20, {})"
PAIR = """class Pair:
        def __init__(self, hidden):
            self.encoder, self.decoder = Encoder(hidden), Decoder(words=20, hidden={})


    pair = Pair(8)
    encoder, decoder = pair.encoder, pair.decoder"""
GRU = {"kind": "GRU", "joined": "torch.cat([state[0::2], state[1::2]], dim=2)"}
LSTM = {"kind": "LSTM", "joined": "tuple(torch.cat([each[:1], each[1:]], dim=-1) for each in state)"}


@pytest.mark.parametrize("parts", [GRU, LSTM])
@pytest.mark.parametrize(("made", "name"), [(PLAIN, "hidden"), (PAIR, "hidden"), (PLAIN, "8")])
def test_the_class_is_told_of_both_directions(parts, made, name):
    right = "16" if name == "8" else f"2 * {name}"
    found = mended(PROGRAM.format(made=made.format(name), **parts))
    assert found.output == printed(PROGRAM.format(made=made.format(right), **parts))
    assert len(found.diagnoses) == 1
    assert not found.doubts


def test_a_state_of_twice_the_width_that_nobody_joined_tells_nothing():
    parts = {**GRU, "joined": "state[:1].repeat(1, 1, 2)"}
    found = mended(PROGRAM.format(made=PLAIN.format("hidden"), **parts), most=1)
    assert all(fix.title != "hidden -> 2 * hidden" for fix in found.diagnoses[0].fixes)


def test_a_layer_that_takes_both_directions_to_one_may_have_been_meant():
    table = "self.words = nn.Embedding(20, 6)"
    program = PROGRAM.replace(table, f"{table}\n            self.bridge = nn.Linear(2 * hidden, hidden)")
    found = mended(program.format(made=PLAIN.format("hidden"), **GRU))
    assert found.doubts
    assert "takes both directions to the width of one" in found.doubts[0]
