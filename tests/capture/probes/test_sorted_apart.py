"""Batches of several columns that a collate function sorts: together, each for itself, or not at all."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

PROGRAM = """
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader

sizes = torch.tensor([[4, 7], [9, 2], [3, 5], [6, 6], [5, 8], [7, 3], [2, 9], [8, 4], [6, 2], [3, 8], [9, 5], [4, 3]])
pairs = [tuple(torch.randint(1, 11, (n,)) for n in row) for row in sizes.tolist()]

def column(rows):
{column}
    return pad_sequence(rows, batch_first=True), torch.tensor([len(row) for row in rows])

def collate(batch):
{batch}
    return [column(list(rows)) for rows in zip(*batch)]

table, out = nn.Embedding(11, 6, padding_idx=0), nn.Linear(8, 11)
ask, answer = nn.GRU(6, 8, batch_first=True), nn.GRU(6, 8, batch_first=True)
optimizer = torch.optim.SGD([*table.parameters(), *ask.parameters(), *answer.parameters(), *out.parameters()], 0.1)

def encode(rows, lengths):
    packed = pack_padded_sequence(table(rows), lengths, batch_first=True, enforce_sorted=False)
    return ask(packed)[1]

for (x, n), (y, m) in DataLoader(pairs, batch_size=6, collate_fn=collate):
    scores = out(answer(table(y[:, :-1]), {state})[0])
    loss = F.cross_entropy(scores.transpose(1, 2), y[:, 1:], ignore_index=0)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
APART = "    rows = sorted(rows, key=len, reverse=True)"
IN_PLACE = "    rows.sort(key=len)"
TOGETHER = "    batch = sorted(batch, key=lambda pair: len(pair[0]), reverse=True)"
AS_DRAWN = "    pass"


def program(column=AS_DRAWN, batch=AS_DRAWN, state="encode(x, n)"):
    return PROGRAM.format(column=column, batch=batch, state=state)


@pytest.mark.parametrize("column", [APART, IN_PLACE])
def test_each_column_by_its_own_lengths(column):
    assert slugs(program(column), "") == ["sorted_on_one_side"]


def test_it_is_told_where_they_are_sorted():
    assert lines_told(program(APART), "") == [APART.strip()]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"batch": TOGETHER},
        # Rows of others, drawn on purpose.
        {"column": "    rows = [rows[int(at)] for at in torch.randperm(len(rows))]"},
        # What is read of the first column is of all of its rows: nothing meets row by row.
        {"column": APART, "state": "encode(x, n).mean(1, keepdim=True).expand(1, len(y), 8).contiguous()"},
    ],
)
def test_one_order_for_all_or_none_by_length(change):
    assert "sorted_on_one_side" not in slugs(program(**change), "")
