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


BY_HAND = """
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader, TensorDataset

sizes = torch.randint(2, 12, (36,)).tolist()
games = [(torch.randint(1, 30, (size,)).tolist(), int(torch.randint(0, 3, ()))) for size in sizes]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.gru, self.out = nn.Embedding(30, 6), nn.GRU(6, 8, batch_first=True), nn.Linear(8, 3)

    def forward(self, rows, lengths, back=None):
        packed = pack_padded_sequence(self.embed(rows), lengths, batch_first=True)
        found = self.out(self.gru(packed)[1][-1])
        return found if back is None else found[back]


def train(rows, lengths, kinds, back=None):
    loss = F.cross_entropy(net(rows, lengths, back), kinds)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


net = Net()
optimizer = torch.optim.SGD(net.parameters(), 0.1)
"""
OF_LISTS = """
def batch(chosen):
    {lengths}
    rows = torch.zeros(len(chosen), int(lengths.max()), dtype=torch.long)
    for at, (words, _) in enumerate(chosen):
        rows[at, : len(words)] = torch.tensor(words)
    lengths, order = lengths.sort(descending=True)
    {kinds}
    return rows[order], lengths, kinds, {back}


for at in range(0, 36, 9):
    train(*batch(games[at : at + 9]))
"""
PLAIN = "lengths = torch.tensor([len(words) for words, _ in chosen])"
SPLIT = "texts, labels = zip(*chosen)\n    lengths = torch.tensor([len(text) for text in texts])"
DRAWN = """
rows = pad_sequence([torch.tensor(words) for words, _ in games], batch_first=True)
data = TensorDataset(rows, torch.tensor(sizes), torch.tensor([kind for _, kind in games]))
for rows, lengths, kinds in DataLoader(data, 9, shuffle=True):
    {order}
    train(rows[order], {lengths}, kinds{by}, {back})
"""
REBOUND = "chosen = [chosen[i] for i in order]\n    kinds = torch.tensor([kind for _, kind in chosen])"
SORTS = ("lengths, order = lengths.sort(descending=True)", "lengths")
ARGSORTS = ("order = torch.argsort(lengths, descending=True)", "lengths[order]")


@pytest.mark.parametrize(
    ("lengths", "kinds", "back", "found"),
    [
        (PLAIN, "kinds = torch.tensor([kind for _, kind in chosen])", "None", True),
        (SPLIT, "kinds = torch.tensor(labels)", "None", True),
        (SPLIT, "kinds = torch.as_tensor([label for label in labels])", "None", True),
        (PLAIN, "kinds = torch.tensor([kind for _, kind in chosen])[order]", "None", False),
        (SPLIT, "kinds = torch.tensor(labels)[order]", "None", False),
        (PLAIN, "kinds = torch.tensor([chosen[at][1] for at in order])", "None", False),
        # Another list by the same name, and the same one in another order.
        (PLAIN + "\n    at = sorted(range(9), key=lambda i: -len(chosen[i][0]))", REBOUND, "None", False),
        # The model puts its rows back.
        (PLAIN, "kinds = torch.tensor([kind for _, kind in chosen])", "order.argsort()", False),
    ],
)
def test_a_function_of_its_own_sorts_a_list(lengths, kinds, back, found):
    program = BY_HAND + OF_LISTS.format(lengths=lengths, kinds=kinds, back=back)
    assert slugs(program, "") == (["sorted_on_one_side"] if found else [])


@pytest.mark.parametrize("sort", [SORTS, ARGSORTS])
@pytest.mark.parametrize(("by", "back", "found"), [("", "None", True), ("[order]", "None", False)])
def test_the_loop_sorts_what_was_drawn(sort, by, back, found):
    order, lengths = sort
    program = BY_HAND + DRAWN.format(order=order, lengths=lengths, by=by, back=back)
    assert slugs(program, "") == (["sorted_on_one_side"] if found else [])


@pytest.mark.parametrize("sort", [SORTS, ARGSORTS])
def test_the_model_puts_back_what_the_loop_has_sorted(sort):
    order, lengths = sort
    program = BY_HAND + DRAWN.format(order=order, lengths=lengths, by="", back="order.argsort()")
    assert slugs(program, "") == []
