"""Layers of two directions over padded steps whose loss leaves the padding out: packed, and as they came."""

from __future__ import annotations

import pytest
from programs import how_certain, slugs

TAGS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.linear = nn.Embedding(9, 8, padding_idx=0), nn.LazyLinear(5)
        self.rnn = nn.{layer}
        self.ahead = nn.GRU(8, 8, batch_first=True)

    def forward(self, words):
        lengths = (words != 0).sum(1)
        h = self.embed(words)
        {read}
        return self.linear(h)


def criterion(scores, tags):
    {loss}


def batch():
    words, tags = torch.randint(1, 9, (4, 7)), torch.randint(0, 5, (4, 7))
    hidden = torch.arange(7) >= torch.tensor({lengths})[:, None]
    return words.masked_fill(hidden, 0), tags.masked_fill(hidden, -100)


model, batches = Model(), [batch() for _ in range(3)]
model(batches[0][0])
"""
BOTH = "GRU(8, 6, batch_first=True, bidirectional=True)"
IGNORED = "return F.cross_entropy(scores.flatten(0, 1), tags.flatten())"
PICKED = "return F.cross_entropy(scores[tags >= 0], tags[tags >= 0])"
PACKED = (
    "h = nn.utils.rnn.pack_padded_sequence(h, lengths, batch_first=True, enforce_sorted=False)\n"
    "        h, _ = nn.utils.rnn.pad_packed_sequence(self.rnn(h)[0], batch_first=True)"
)


@pytest.mark.parametrize(
    ("layer", "read", "loss"),
    [
        (BOTH, "h, _ = self.rnn(h)", IGNORED),
        (BOTH.replace("GRU", "LSTM"), "h = torch.relu(self.rnn(h)[0])", PICKED),
        ("LSTM(8, 6, num_layers=2, bidirectional=True)", "h = self.rnn(h.transpose(0, 1))[0].transpose(0, 1)", IGNORED),
    ],
)
def test_two_directions_of_which_one_begins_in_the_padding(layer, read, loss):
    program = TAGS.format(layer=layer, read=read, loss=loss, lengths=(7, 3, 5, 4))
    assert slugs(program) == ["padding_read_backwards"]
    # Many train so, and the loss goes down all the same.
    assert how_certain(program) == [("likely", "note")]


@pytest.mark.parametrize(
    ("layer", "read", "loss", "lengths"),
    [
        (BOTH, PACKED, IGNORED, (7, 3, 5, 4)),
        (BOTH.replace("GRU", "LSTM"), PACKED, PICKED, (7, 3, 5, 4)),
        # One direction reads nothing behind a step, and sequences of one length have no padding.
        ("GRU(8, 6, batch_first=True)", "h, _ = self.rnn(h)", IGNORED, (7, 3, 5, 4)),
        (BOTH, "h, _ = self.rnn(h)", IGNORED, (7, 7, 7, 7)),
        (BOTH, "h, _ = self.ahead(h)", PICKED, (7, 3, 5, 4)),
        (BOTH, "h, _ = self.ahead(self.ahead(h)[0])", IGNORED, (7, 3, 5, 4)),
    ],
)
def test_layers_that_read_no_padding_before_the_steps(layer, read, loss, lengths):
    assert slugs(TAGS.format(layer=layer, read=read, loss=loss, lengths=lengths)) == []


FILLED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.rnn, self.linear = nn.Embedding(9, 8), nn.{layer}, nn.LazyLinear(5)

    def forward(self, sentences):
        vectors = [self.embed(words) for words in sentences]
        {read}
        return self.linear(h)


model, criterion = Model(), nn.CrossEntropyLoss()
lengths = (3, 7, 5, 4)
batches = [([torch.randint(0, 9, (size,)) for size in lengths], torch.randint(0, 5, (4,))) for _ in range(3)]
model(batches[0][0])
"""
LAST = "h = self.rnn({given})[1][-1]"
ENDS = "_, states = self.rnn({given})\n        h = torch.cat([states[0], states[1]], 1)"
BY_PADDING = "nn.utils.rnn.pad_sequence(vectors)"
BY_PACKING = "nn.utils.rnn.pack_sequence(vectors, enforce_sorted=False)"


@pytest.mark.parametrize(
    ("layer", "read"), [("GRU(8, 6)", LAST), ("GRU(8, 6, bidirectional=True)", ENDS), ("RNN(8, 6, num_layers=2)", LAST)]
)
@pytest.mark.parametrize(("given", "found"), [(BY_PADDING, ["padding_walked_through"]), (BY_PACKING, [])])
def test_sequences_that_were_embedded_before_they_were_filled_up(layer, read, given, found):
    assert slugs(FILLED.format(layer=layer, read=read.format(given=given))) == found


def test_steps_of_one_direction_that_were_filled_up_and_taken_each_at_its_end():
    read = f"h = self.rnn({BY_PADDING})[0][[len(each) - 1 for each in sentences], range(4)]"
    assert slugs(FILLED.format(layer="GRU(8, 6)", read=read)) == []
