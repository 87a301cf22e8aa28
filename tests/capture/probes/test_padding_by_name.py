"""Fillers at the end of rows, of which the script's own name says that they are none of the symbols."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
{name} = 0
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.tok, self.rnn, self.head = nn.Embedding(20, 12), nn.GRU(12, 12, batch_first=True), nn.Linear(12, 20)
    def forward(self, x):
        return self.head(self.rnn(self.tok(x))[0]).transpose(1, 2)
model = Model()
criterion = nn.CrossEntropyLoss({ignore})
lengths = torch.randint(4, {most}, (18, 1))
rows = torch.randint(1, 20, (18, 11))
{fill}
batches = [{batch} for part in rows.{parts}]
"""
FILLS = [
    "rows = torch.where(torch.arange(11) < lengths, rows, 0)",
    "rows[torch.arange(11) >= lengths] = 0",
    "for row, n in zip(rows, lengths.flatten().tolist()): row[n:] = 0",
    "rows = torch.tensor([row[:n].tolist() + [0] * (11 - n) for row, n in zip(rows, lengths.flatten().tolist())])",
]
BATCH, PARTS = "(part[:, :-1], part[:, 1:])", "split(6)"


def program(fill=FILLS[0], name="PAD", ignore="", most=11, parts=PARTS):
    return PROGRAM.format(fill=fill, name=name, ignore=ignore, most=most, batch=BATCH, parts=parts)


@pytest.mark.parametrize("fill", FILLS)
def test_a_filler_that_is_called_padding_is_asked_for(fill):
    ((slug, edits),) = audited(program(fill))
    assert slug == "padding_asked_for"
    assert edits == ["criterion = nn.CrossEntropyLoss(ignore_index=0)\n"]


@pytest.mark.parametrize("name", ["vocabulary = {'<pad>': 0, 'a': 1}; first", "class Args: pad_id = 0\nstart"])
def test_other_ways_to_call_it_so(name):
    assert slugs(program(name=name)) == ["padding_asked_for"]


@pytest.mark.parametrize(
    "changes",
    [
        {"ignore": "ignore_index=PAD"},
        {"name": "SILENCE"},
        {"name": "PAD = EOS = 0; BOS"},
        {"name": "def write(token):\n    while True:\n        if token == 0: break\nPAD"},
        # One filler at most: it may be what says that the row ends.
        {"fill": "rows[::2, -1] = 0"},
    ],
)
def test_what_may_be_asked_for(changes):
    assert slugs(program(**changes)) == []


@pytest.mark.parametrize("parts", ["split(6)", "chunk(3)"])
def test_rows_that_were_written_one_by_one_and_split(parts):
    blank = "rows = torch.zeros(18, 11, dtype=torch.long)"
    fill = f"{blank}\nfor row, n in zip(rows, lengths.flatten().tolist()): row[:n] = torch.arange(n) + 1"
    assert slugs(program(fill, name="BLANK", parts=parts)) == ["padding_asked_for"]
