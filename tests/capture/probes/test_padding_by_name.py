"""Fillers at the end of rows that nothing else ends: they say that a row has ended, whatever their name."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
{name} = 0
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.tok, self.rnn, self.head = nn.Embedding(20, 12), nn.GRU(12, 12, batch_first=True), nn.Linear(12, 20)
    def forward(self, x):
        return self.head(self.rnn(self.tok(x))[0]).transpose(1, 2)
model = Model()
criterion = nn.CrossEntropyLoss()
lengths = torch.randint(4, 11, (18, 1))
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


def program(fill, name="PAD", parts=PARTS):
    return PROGRAM.format(fill=fill, name=name, batch=BATCH, parts=parts)


@pytest.mark.parametrize("fill", FILLS)
def test_a_filler_without_an_end_in_front_says_that_the_row_has_ended(fill):
    assert slugs(program(fill)) == []


@pytest.mark.parametrize("parts", ["split(6)", "chunk(3)"])
def test_rows_that_were_written_one_by_one_and_split(parts):
    blank = "rows = torch.zeros(18, 11, dtype=torch.long)"
    fill = f"{blank}\nfor row, n in zip(rows, lengths.flatten().tolist()): row[:n] = torch.arange(n) + 1"
    assert slugs(program(fill, name="BLANK", parts=parts)) == ["padding_asked_for"]
