"""Collate functions that sort, turn or shuffle a plain list, and leave the answers as they were."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
import random
import numpy as np
from operator import itemgetter
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence, pad_sequence
from torch.utils.data import DataLoader

random.seed(1)
sizes = torch.randperm(44).tolist()
data = [{item} for size in sizes]


def together(items):
    {body}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.out = nn.GRU(4, 8), nn.Linear(8, 3)

    def forward(self, packed):
        return self.out(self.gru(packed)[1][-1])


class Padded(Net):
    def forward(self, rows, lengths):
        return self.out(self.gru(pack_padded_sequence(rows, lengths))[1][-1])


net = {net}()
optimizer = torch.optim.SGD(net.parameters(), 0.1)
for *given, kinds in DataLoader(data, 11, shuffle=True, collate_fn=together):
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
TENSORS = "(torch.randn(size + 2, 4), int(torch.randint(0, 3, ())))"
ARRAYS = "{'path': np.random.RandomState(size).randn(size + 2, 4), 'kind': np.int64(size % 3)}"
LISTS = "([[float(size), 0.5, k / 9, 1.0] for k in range(size + 2)], size % 3)"
NUMBERS = "(torch.randn(size + 2, 4), float(torch.randn(())))"
PADDED = """rows = [row for row, _ in items]
    rows.sort(key=len, reverse=True)
    lengths = torch.tensor([len(row) for row in rows])
    """
ARRAYS_READ = """rows = [torch.from_numpy(item["path"]).float() for item in items]
    rows = sorted(rows, key=lambda row: row.shape[0], reverse=True)
    """
WRONG = [
    (TENSORS, "kinds = torch.tensor([kind for _, kind in items])\n    rows = [row for row, _ in items]\n"
     "    rows.sort(key=len, reverse=True)\n    return pack_sequence(rows), kinds"),
    (TENSORS, "rows, kinds = map(list, zip(*items))\n    rows.reverse()\n"
     "    return pack_sequence(rows, enforce_sorted=False), torch.LongTensor(kinds)"),
    (TENSORS, "rows, kinds = [row for row, _ in items], [kind for _, kind in items]\n    random.shuffle(rows)\n"
     "    return pack_sequence(rows, False), torch.as_tensor(kinds)"),
    (TENSORS, "kinds = torch.LongTensor(list(map(itemgetter(1), items)))\n"
     "    items.sort(key=lambda one: len(one[0]), reverse=True)\n"
     "    return pack_sequence([row for row, _ in items]), kinds"),
    (TENSORS, "kinds = [kind for _, kind in items]\n    items.sort(key=lambda one: len(one[0]), reverse=True)\n"
     "    return pack_sequence([row for row, _ in items]), torch.tensor(kinds)"),
    (ARRAYS, ARRAYS_READ + "return pack_sequence(rows), torch.tensor([item['kind'] for item in items])"),
    (ARRAYS, ARRAYS_READ + "return pack_sequence(rows), torch.from_numpy(np.array([item['kind'] for item in items]))"),
    (LISTS, "rows = sorted((torch.tensor(one) for one, _ in items), key=len)[::-1]\n"
     "    return pack_sequence(rows), torch.tensor([kind for _, kind in items])"),
]  # fmt: skip
RIGHT = [
    (TENSORS, "items = sorted(items, key=lambda one: len(one[0]), reverse=True)\n"
     "    return pack_sequence([row for row, _ in items]), torch.tensor([kind for _, kind in items])"),
    (TENSORS, "items.sort(key=lambda one: -len(one[0]))\n    rows, kinds = zip(*items)\n"
     "    return pack_sequence(rows), torch.LongTensor(kinds)"),
    (TENSORS, "rows = [row for row, _ in items]\n    kinds = torch.tensor([kind for _, kind in items])\n"
     "    return pack_sequence(rows, enforce_sorted=False), kinds"),
    (TENSORS, "random.shuffle(items)\n    rows, kinds = zip(*items)\n"
     "    return pack_sequence(rows, enforce_sorted=False), torch.tensor(kinds)"),
    (TENSORS, "order = sorted(range(len(items)), key=lambda at: -len(items[at][0]))\n"
     "    kinds = torch.tensor([kind for _, kind in items])[torch.tensor(order)]\n"
     "    return pack_sequence([items[at][0] for at in order]), kinds"),
    (TENSORS, "items.sort(key=lambda one: -len(one[0]))\n"
     "    return pack_sequence([row for row, _ in items]), torch.tensor([2 - kind for _, kind in items])"),
    (TENSORS, "items.sort(key=lambda one: -len(one[0]))\n    rows = [row for row, _ in items]\n"
     "    return pack_sequence(rows), torch.tensor([int(row.sum() > 0) for row in rows])"),
    (ARRAYS, "items.sort(key=lambda one: -len(one['path']))\n"
     "    rows = [torch.from_numpy(item['path']).float() for item in items]\n"
     "    return pack_sequence(rows), torch.tensor([item['kind'] for item in items])"),
    (LISTS, "items.sort(key=lambda one: -len(one[0]))\n"
     "    return pack_sequence([torch.tensor(one) for one, _ in items]), torch.tensor([kind for _, kind in items])"),
]  # fmt: skip


def program(item: str, body: str, net: str = "Net", loss: str = "F.cross_entropy(net(*given), kinds)") -> str:
    text = PROGRAM
    for name, value in (("item", item), ("body", body), ("net", net), ("loss", loss)):
        text = text.replace("{" + name + "}", value)
    return text


@pytest.mark.parametrize(("item", "body"), WRONG)
def test_the_answers_are_left_behind(item, body):
    assert slugs(program(item, body), "") == ["sorted_on_one_side"]


@pytest.mark.parametrize(("item", "body"), RIGHT)
def test_the_answers_go_with_their_rows(item, body):
    assert slugs(program(item, body), "") == []


def test_steps_lie_in_front_of_the_rows():
    body = PADDED + "return pad_sequence(rows), lengths, torch.tensor([kind for _, kind in items])"
    assert slugs(program(TENSORS, body, "Padded"), "") == ["sorted_on_one_side"]
    body = PADDED + "return pad_sequence([row for row, _ in items]), torch.tensor([len(row) for row, _ in items]), "
    body += "torch.tensor([kind for _, kind in items])"
    text = program(TENSORS, body, "Padded").replace("(rows, lengths)", "(rows, lengths, enforce_sorted=False)")
    assert slugs(text, "") == []


def test_numbers_that_are_learned_are_left_behind():
    loss = "F.mse_loss(net(*given)[:, 0], kinds)"
    body = "{}kinds = [kind for _, kind in items]\n    items.sort(key=lambda one: len(one[0]), reverse=True)\n    {}"
    last = "return pack_sequence([row for row, _ in items]), torch.tensor(kinds)"
    assert slugs(program(NUMBERS, body.format("", last), loss=loss), "") == ["sorted_on_one_side"]
    sorts = "items.sort(key=lambda one: len(one[0]), reverse=True)\n    "
    assert slugs(program(NUMBERS, body.format(sorts, last), loss=loss), "") == []


def test_labels_that_are_mixed_on_purpose():
    body = (
        "items.sort(key=lambda one: -len(one[0]))\n    kinds = torch.tensor([kind for _, kind in items])\n"
        "    return pack_sequence([row for row, _ in items]), kinds[torch.randperm(len(items))], kinds"
    )
    loss = "0.7 * F.cross_entropy(net(given[0]), kinds) + 0.3 * F.cross_entropy(net(given[0]), given[1])"
    assert slugs(program(TENSORS, body, loss=loss), "") == []
