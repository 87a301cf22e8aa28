"""What lies along another axis than it was to: edges, sums of a loop, rows in the place of tables, single steps."""

from __future__ import annotations

import pytest
from programs import audited, slugs

TRAIN = """
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(2):
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
EDGES = """
model = nn.Linear(3, 3)
x, chain = torch.randn(6, 3), torch.stack([torch.arange(5), torch.arange(1, 6)])
edges = torch.cat([chain, {back}], dim=1)
src, dst = edges
"""
GRAPH = TRAIN.format(loss="torch.zeros(6, 3).index_add(0, dst, model(x)[src]).pow(2).mean()")
RETURNS = """
model = nn.Linear(4, 1)
def returns(reward):
    carried, found = torch.zeros({rows}), []
    for r in reward.{there}:
        carried = r + 0.9 * carried
        found.append(carried)
    return {back}
"""
STEPS = TRAIN.format(loss="(model(torch.randn(6, 5, 4)).squeeze(-1) - returns(torch.randn(6, 5))).pow(2).mean()")
QUANTILES = """
model = nn.Linear(3, 5)
levels = (torch.arange(5) + 0.5) / 5
def criterion(values, goal):
    gap = {gap}
    return ((levels[:, None] - (gap.detach() < 0).float()).abs() * gap.abs()).mean()
"""
PAIRS = TRAIN.format(loss="criterion(model(torch.randn(7, 3)), torch.randn(7, 5))")
CELL = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.GRU(3, 4{first}), nn.Linear(4, 2)

    def forward(self, x):
        h, outs = None, []
        for t in range(x.size(1)):
            out, h = self.rnn({step}, h)
            outs.append(self.out(out.flatten(0, 1)))
        return torch.stack(outs, 1)


model = Model()
"""
WORDS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.front = nn.GRU(3, 3, batch_first=True)
        self.rnn, self.out = nn.GRU(3, 4{first}), nn.Linear(4, 2)

    def forward(self, x):
        x = {x}
        h, outs = None, []
        for t in range(x.size(1)):
            out, h = self.rnn(x[:, t : t + 1], h)
            outs.append(self.out(out))
        return torch.cat(outs, 1)


model = Model()
"""
ROUNDS = TRAIN.format(loss="model(torch.randn(6, 5, 3)).pow(2).mean()")
FIRST = ", batch_first=True"
PLACES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.places, self.out = nn.Parameter(torch.randn(1, 6, 8)), nn.Linear(8, 8)
        self.layer = nn.TransformerEncoderLayer(8, 2, 8, 0.0{first})

    def forward(self, x):
        return self.layer(self.out(x) + self.places)


model = Model()
"""
SLOTS = TRAIN.format(loss="(1 - F.cosine_similarity(model(torch.randn(9, 6, 8)), torch.randn(9, 6, 8), dim=-1)).mean()")


@pytest.mark.parametrize(
    ("program", "train", "slug", "wrong", "right"),
    [
        (EDGES, GRAPH, "edges_twice", {"back": "chain.flip(1)"}, {"back": "chain.flip(0)"}),
        (EDGES, GRAPH, "edges_twice", {"back": "chain"}, {"back": "chain[[1, 0]]"}),
        (
            RETURNS,
            STEPS,
            "returns_reversed",
            {"rows": "6", "there": "t().flip(1)", "back": "torch.stack(found[::-1]).t()"},
            {"rows": "6", "there": "t().flip(0)", "back": "torch.stack(found[::-1]).t()"},
        ),
        (
            RETURNS,
            STEPS,
            "returns_reversed",
            {"rows": "5", "there": "flip(0)", "back": "torch.stack(found).flip(1)"},
            {"rows": "5", "there": "flip(0)", "back": "torch.stack(found).flip(0)"},
        ),
        (
            QUANTILES,
            PAIRS,
            "rows_against_rows",
            {"gap": "goal[:, None, :] - values[:, None, :]"},
            {"gap": "goal[:, None, :] - values[:, :, None]"},
        ),
        (
            CELL,
            ROUNDS,
            "recurrent_along_batch",
            {"first": "", "step": "x[:, t, None]"},
            {"first": FIRST, "step": "x[:, t, None]"},
        ),
        (
            CELL,
            ROUNDS,
            "recurrent_along_batch",
            {"first": "", "step": "x[:, t][:, None]"},
            {"first": "", "step": "x[:, t][None]"},
        ),
        (
            CELL.replace("out.flatten(0, 1)", "{read}"),
            ROUNDS,
            "recurrent_along_batch",
            {"first": "", "step": "x[:, t, None]", "read": "out[:, -1]"},
            {"first": "", "step": "x[:, t, None]", "read": "out[-1]"},
        ),
        (
            CELL.replace("out.flatten(0, 1)", "{read}"),
            ROUNDS,
            "recurrent_along_batch",
            {"first": "", "step": "x[:, t, None]", "read": "out.squeeze(1)"},
            {"first": "", "step": "x[:, t, None]", "read": "h[-1]"},
        ),
        (WORDS, ROUNDS, "recurrent_along_batch", {"first": "", "x": "self.front(x)[0]"}, {"first": "", "x": "x"}),
        (PLACES, SLOTS, "attention_along_batch", {"first": ""}, {"first": FIRST}),
    ],
)
def test_another_axis_was_meant(program, train, slug, wrong, right):
    assert slug in slugs(program.format(**wrong), train)
    assert slug not in slugs(program.format(**right), train)


def test_the_same_edges_may_be_of_two_kinds():
    kinds = "torch.zeros(6, 3).index_add(0, dst, model(x)[src] * torch.arange(2.0).repeat_interleave(5)[:, None])"
    assert "edges_twice" not in slugs(EDGES.format(back="chain"), TRAIN.format(loss=f"{kinds}.pow(2).mean()"))


def test_the_rows_change_places():
    found = audited(EDGES.format(back="chain.flip(1)"), GRAPH)
    assert found == [("edges_twice", ["edges = torch.cat([chain, chain.flip(0)], dim=1)\n"])]
