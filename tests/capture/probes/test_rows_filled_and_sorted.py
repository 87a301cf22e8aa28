"""Batches that a script fills row by row, sorted by a model for packing, and put back behind it or not."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

notes = [torch.randint(1, 30, (int(size),)) for size in torch.randint(3, 12, (33,))]
kinds = torch.randint(0, 3, (33,))


def table(items):
    sizes = torch.tensor([len(item) for item in items])
    {fill}
    return rows, sizes


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(30, 8, padding_idx=0)
        self.gru = nn.GRU(8, 10, batch_first=True)
        self.head = nn.Linear(10, 3)

    def forward(self, rows, sizes):
        {order}
        packed = pack_padded_sequence(self.embed(rows[order]), sizes[order], batch_first=True)
        out = self.gru(packed)[1][-1]
        {back}


net = Net()
optimizer = torch.optim.SGD(net.parameters(), 0.1)
for at in range(0, 33, 11):
    rows, sizes = table(notes[at : at + 11])
    loss = F.cross_entropy(net(rows, sizes), {wanted})
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
BLANK = "rows = torch.zeros(len(items), int(sizes.max()), dtype=torch.long)\n    "
FILLS = [
    BLANK + "for at, item in enumerate(items): rows[at, : len(item)] = item",
    BLANK + "for at, item in enumerate(items): rows[at][: len(item)] = item",
    BLANK + "for at, item in enumerate(items): rows[at, : len(item)].copy_(item)",
    BLANK + "for row, item in zip(rows, items): row[: len(item)] = torch.tensor(item.tolist())",
    "rows = pad_sequence(items, batch_first=True)",
]
ORDERS = [
    "order = sizes.sort(descending=True)[1]",
    "order = torch.argsort(-sizes)",
    "order = sizes.topk(len(sizes)).indices",
    "order = sorted(range(len(sizes)), key=lambda at: -int(sizes[at]))",
]
WANTED = [
    "kinds[at : at + 11]",
    "kinds[torch.arange(at, at + 11)]",
    "torch.stack([kinds[k] for k in range(at, at + 11)])",
    "torch.tensor(kinds.tolist()[at : at + 11])",
]
KEPT, PUT_BACK = "return self.head(out)", "return self.head(out)[torch.as_tensor(order).argsort()]"


def program(fill=FILLS[0], order=ORDERS[0], wanted=WANTED[0], back=KEPT):
    return PROGRAM.format(fill=fill, order=order, wanted=wanted, back=back)


@pytest.mark.parametrize(
    "how",
    [
        *({"fill": fill} for fill in FILLS),
        *({"order": order} for order in ORDERS),
        *({"wanted": one} for one in WANTED),
    ],
)
def test_rows_that_were_sorted_are_put_back_before_they_meet_their_targets(how):
    assert slugs(program(**how), "") == ["rows_in_another_order"]
    assert slugs(program(**how, back=PUT_BACK), "") == []


def test_the_line_that_gives_them_back():
    assert audited(program(), "") == [("rows_in_another_order", ["        return self.head(out)[order.argsort()]\n"])]
    named = program(back="scores = self.head(out)\n        return scores")
    assert audited(named, "") == [("rows_in_another_order", ["        return scores[order.argsort()]\n"])]


def test_targets_may_be_sorted_alike():
    assert slugs(program(wanted="kinds[at : at + 11][sizes.sort(descending=True)[1]]"), "") == []
