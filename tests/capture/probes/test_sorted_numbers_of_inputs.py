"""Collate functions that sort sequences, and pick the numbers of a second input in another order."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

PROGRAM = """
import random
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader

generator = torch.Generator().manual_seed(1)
sizes = torch.randint(2, 12, (40,), generator=generator).tolist()
players = torch.randn(5, 3, generator=generator)
games = [(torch.randint(1, 30, (size,)), int(torch.randint(0, 5, ())), torch.randn(())) for size in sizes]


def together(items):
    lengths, order = torch.tensor([len(item[0]) for item in items]).sort(descending=True)
    drawn, items = items, [items[at] for at in order]
    moves = pad_sequence([item[0] for item in items], batch_first=True)
    wins = torch.stack([item[2] for item in items])
    {body}
    return moves, lengths, {given}, wins


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.gru, self.out = nn.Embedding(30, 6), nn.GRU(6, 8, batch_first=True), nn.Linear(11, 1)
        self.known = nn.Embedding(5, 3)

    def forward(self, moves, lengths, who):
        packed = pack_padded_sequence(self.embed(moves), lengths, batch_first=True)
        who = self.known(who) if who.ndim == 1 else who
        return self.out(torch.cat([self.gru(packed)[1][-1], who], 1))[:, 0]


net = Net()
optimizer = torch.optim.SGD(net.parameters(), 0.1)
for moves, lengths, who, wins in DataLoader(games, 10, collate_fn=together):
    loss = F.mse_loss(net(moves, lengths, who), wins)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
TWICE = "numbers = torch.tensor([items[at][1] for at in order])"
ONCE = "numbers = torch.tensor([item[1] for item in items])"


@pytest.mark.parametrize("given", ["players[numbers]", "players.index_select(0, numbers)", "numbers"])
@pytest.mark.parametrize("wrong", [TWICE, "numbers = torch.tensor([item[1] for item in drawn])"])
def test_numbers_of_an_input_in_another_order_than_its_rows(wrong, given):
    program = PROGRAM.format(body=wrong, given=given)
    assert slugs(program, "") == ["sorted_on_one_side"]
    assert lines_told(program, "") == [wrong]
    assert slugs(PROGRAM.format(body=ONCE, given=given), "") == []


@pytest.mark.parametrize(
    "body",
    [
        # Others than played are wanted.
        "who = [item[1] for item in items]\n    random.Random(0).shuffle(who)\n    numbers = torch.tensor(who)",
        "numbers = torch.tensor([item[1] for item in items])[torch.randperm(10)]",
        # What is made of the numbers may be anything.
        "numbers = torch.tensor([(item[1] + at) % 5 for at, item in enumerate(items)])",
    ],
)
def test_numbers_that_may_stand_in_any_order(body):
    assert slugs(PROGRAM.format(body=body, given="players[numbers]"), "") == []


@pytest.mark.parametrize(("own", "other"), [("players[numbers]", "players[others]"), ("numbers", "others")])
def test_what_does_not_belong_to_the_rows_beside_what_does(own, other):
    body = ONCE + "\n    others = torch.tensor([item[1] for item in reversed(items)])"
    program = PROGRAM.format(body=body, given=f"{own}, {other}")
    second = "(self.known(others) if others.ndim == 1 else others)"
    for old, new in (
        ("lengths, who):", "lengths, who, others):"),
        ("lengths, who, wins", "lengths, who, others, wins"),
        ("net(moves, lengths, who)", "net(moves, lengths, who, others)"),
        ("[-1], who]", f"[-1], who - {second}]"),
    ):
        program = program.replace(old, new)
    assert slugs(program, "") == []
