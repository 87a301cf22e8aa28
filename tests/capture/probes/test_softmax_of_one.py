"""A softmax along an axis of single scores: as many as were joined, or the one that a learned column makes."""

from __future__ import annotations

import pytest
from programs import slugs

SHARED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.branches = nn.ModuleList(nn.Linear(6, 8) for _ in range({count}))
        self.shares = nn.ModuleList(nn.Linear(8, 8) for _ in range({count}))
        self.each, self.other, self.out = nn.Linear(8, 1), nn.Linear(8, 1), nn.Linear(8, 1)

    def forward(self, x):
        made = torch.cat([branch(x).unsqueeze(1) for branch in self.branches], dim=1)
        joined = made.sum(1)
        {shared}
        return self.out(h).squeeze(-1)


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(9, 6), torch.randn(9)) for _ in range(3)]
"""


@pytest.mark.parametrize("count", [2, 1])
@pytest.mark.parametrize(
    "shared",
    [
        "w = torch.cat([share(joined).unsqueeze(1) for share in self.shares], dim=1).softmax(1); h = (w * made).sum(1)",
        "w = torch.cat([share(joined)[:, None] for share in self.shares], 1) / 2; h = (w.softmax(1) * made).sum(1)",
        "w = torch.cat([share(joined)[..., None] for share in self.shares], 2).softmax(2); h = (w * made.mT).sum(2)",
    ],
)
def test_branches_that_are_joined_along_an_axis_of_one(shared, count):
    assert slugs(SHARED.format(shared=shared, count=count)) == []


def test_the_scores_of_two_layers_with_one_output_each():
    shared = "w = torch.cat([self.each(joined), self.other(joined)], 1).softmax(1); h = (w.unsqueeze(2) * made).sum(1)"
    assert slugs(SHARED.format(shared=shared, count=2)) == []


COLUMN = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        n_heads = 1
        self.column = nn.Parameter(torch.randn({size}))
        self.linear = nn.Linear(8, 3)

    def forward(self, x):
        w = (x @ self.column).softmax(dim={along})
        return self.linear((w * x).sum(1))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 7, 8), torch.randint(0, 3, (5,))) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("size", "along", "found"),
    [("8, 1", -1, ["softmax_of_one"]), ("8, 1", 1, []), ("8, n_heads", -1, []), ("(8, 1)", 2, ["softmax_of_one"])],
)
def test_the_one_score_of_a_learned_column(size, along, found):
    assert slugs(COLUMN.format(size=size, along=along)) == found


PIECE = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.width, self.scores = 4, 1
        self.each, self.out = nn.Linear(6, 5), nn.Linear(4, 3)

    def forward(self, x):
        h = self.each(x)
        value, score = {pieces}
        return self.out((score.softmax({along}) * value).sum(1))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 7, 6), torch.randint(0, 3, (5,))) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("pieces", "along", "found"),
    [
        ("h.split([self.width, 1], dim=2)", -1, ["softmax_of_one"]),
        ("h.split([self.width, 1], dim=2)", 1, []),
        ("h.split([self.width, self.scores], dim=2)", -1, []),
        ("h[..., :-1], h[..., -1:]", 2, ["softmax_of_one"]),
        ("h[:, :, 1:], h[:, :, 0:1]", -1, ["softmax_of_one"]),
        ("h[:, :, self.scores:], h[:, :, :self.scores]", -1, []),
    ],
)
def test_a_piece_that_is_written_as_one_score(pieces, along, found):
    assert slugs(PIECE.format(pieces=pieces, along=along)) == found


AGREED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.votes, self.out = nn.Linear(6, 3 * 4), nn.Linear(4, 1)

    def forward(self, x):
        votes = self.votes(x).view(len(x), 5, 3, 4)
        scores = torch.zeros({size}, 5, 3)
        for _ in range(2):
            shares = scores.softmax({along})
            made = (shares[..., None] * votes).sum(1, keepdim=True)
            scores = scores + (votes * made).sum(-1)
        return self.out(made[:, 0]).flatten(1)


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn({batch}, 5, 6), torch.randn({batch}, 3)) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("size", "along", "batch", "found"),
    [
        ("1", 0, 1, ["softmax_of_one"]),
        # Another number of samples gives the axis another size, and other probes look after that.
        ("1", 2, 1, []),
        ("len(x)", 2, 4, []),
    ],
)
def test_what_is_written_down_as_one_by_hand(size, along, batch, found):
    assert slugs(AGREED.format(size=size, along=along, batch=batch)) == found


GROWS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.out = nn.GRUCell(4, 6), nn.Linear(6, 1)

    def forward(self, x):
        kept = torch.zeros(1, len(x), 6)
        for step in x.unbind(1):
            shares = (kept * kept[-1:]).sum(-1).softmax(0)
            state = self.cell(step, (shares[..., None] * kept).sum(0))
            kept = torch.cat([kept, state[None]])
        return self.out(kept[-1]).squeeze(-1)


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(5, 3, 4), torch.randn(5)) for _ in range(3)]
"""


def test_a_memory_that_begins_with_one_and_grows():
    assert slugs(GROWS) == []
