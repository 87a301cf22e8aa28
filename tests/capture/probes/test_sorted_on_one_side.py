"""Collate functions that sort what they put together: all parts of the batch, or one of them."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader

sizes = torch.randint(2, 12, (36,)).tolist()
songs = [{item} for size in sizes]


def together(items):
    {body}
    return rows, lengths, kinds


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.gru, self.out = nn.Embedding(30, 6), nn.GRU(6, 8, batch_first=True), nn.Linear(8, 3)

    def forward(self, rows, lengths):
        packed = pack_padded_sequence(self.embed(rows), lengths, batch_first=True)
        return self.out(self.gru(packed)[1][-1])


net = Net()
optimizer = torch.optim.SGD(net.parameters(), 0.1)
for rows, lengths, kinds in DataLoader(songs, 9, shuffle=True, collate_fn=together):
    loss = F.cross_entropy(net(rows, lengths), kinds)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
TENSORS = "(torch.randint(1, 30, (size,)), int(torch.randint(0, 3, ())))"
SCALARS = "(torch.randint(1, 30, (size,)), torch.randint(0, 3, ()))"
LISTS = "{'words': torch.randint(1, 30, (size,)).tolist(), 'kind': int(torch.randint(0, 3, ()))}"
SORTED = """lengths, order = torch.tensor([len(item[0]) for item in items]).sort(descending=True)
    rows = pad_sequence([items[at][0] for at in order], batch_first=True)
    """
ZIPPED = """words, kinds = zip(*items)
    words = sorted(words, key=len, reverse=True)
    lengths = torch.tensor([len(one) for one in words])
    rows = pad_sequence(words, batch_first=True)
    """
OF_DICTS = """order = sorted(range(len(items)), key=lambda at: -len(items[at]["words"]))
    lengths = torch.tensor([len(items[at]["words"]) for at in order])
    rows = pad_sequence([torch.tensor(items[at]["words"]) for at in order], batch_first=True)
    """
IN_PLACE = """items.sort(key=lambda item: -len(item[0]))
    lengths = torch.tensor([len(item[0]) for item in items])
    rows = pad_sequence([item[0] for item in items], batch_first=True)
    """
WRONG = [
    (TENSORS, SORTED + "kinds = torch.tensor([kind for _, kind in items])"),
    (SCALARS, SORTED + "kinds = torch.stack([item[1] for item in items]).long()"),
    (TENSORS, ZIPPED + "kinds = torch.as_tensor(kinds)"),
    (SCALARS, ZIPPED + "kinds = torch.stack(kinds)"),
    (LISTS, OF_DICTS + "kinds = torch.tensor([item['kind'] for item in items])"),
]
RIGHT = [
    (TENSORS, SORTED + "kinds = torch.tensor([kind for _, kind in items])[order]"),
    (SCALARS, SORTED + "kinds = torch.stack([items[at][1] for at in order])"),
    (TENSORS, SORTED + "kinds = torch.tensor([items[at][1] for at in order])"),
    (SCALARS, IN_PLACE + "kinds = torch.stack([item[1] for item in items])"),
    (TENSORS, IN_PLACE + "kinds = torch.tensor([item[1] for item in items])"),
    (TENSORS, SORTED + "kinds = torch.zeros(9, dtype=torch.long)"),
    (LISTS, OF_DICTS + "kinds = torch.tensor([items[at]['kind'] for at in order])"),
]


@pytest.mark.parametrize(("item", "body"), WRONG)
def test_answers_are_left_as_they_were_drawn(item, body):
    assert slugs(PROGRAM.format(item=item, body=body), "") == ["sorted_on_one_side"]


@pytest.mark.parametrize(("item", "body"), RIGHT)
def test_all_parts_have_one_order(item, body):
    assert slugs(PROGRAM.format(item=item, body=body), "") == []


def test_the_order_of_the_rows_is_picked_by():
    item, body = WRONG[0]
    ((_, edits),) = audited(PROGRAM.format(item=item, body=body), "")
    assert edits == ["    kinds = torch.tensor([kind for _, kind in items])[order]\n"]


def test_scores_are_put_back_before_they_meet_the_answers():
    item, body = WRONG[0]
    program = PROGRAM.format(item=item, body=body).replace(
        "return rows, lengths, kinds", "return rows, (lengths, order), kinds"
    )
    program = program.replace("net(rows, lengths)", "net(rows, lengths[0])[lengths[1].argsort()]")
    assert slugs(program, "") == []
