"""Views of the same samples that a contrastive loss matches, in the order in which they were joined or in another."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
from torch.utils.data import DataLoader, Dataset


class Views(Dataset):
    def __init__(self):
        self.x = torch.randn(24, 6)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, row):
        return self.x[row] + 0.1 * torch.randn(6), self.x[row] * (1 + 0.1 * torch.rand(6))


def loss_of(z, positive):
    z = F.normalize(z, dim=1)
    similarity = z @ z.t() / 0.2
    similarity = similarity.masked_fill(torch.eye(len(z), dtype=torch.bool), float("-inf"))
    return F.cross_entropy(similarity, positive)


model = nn.Linear(6, 5)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for one, other in DataLoader(Views(), 8, shuffle=True):
    n = 2 * len(one)
    {body}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
BEHIND = "z = model(torch.cat([one, other]))"
BESIDE = "z = model(torch.stack([one, other], dim=1).flatten(0, 1))"
TWO = "z = torch.cat([model(one), model(other)], dim=0)"


@pytest.mark.parametrize(
    ("join", "positive", "found"),
    [
        (BEHIND, "torch.arange(n) ^ 1", True),
        (TWO, "torch.arange(n).view(-1, 2).flip(1).flatten()", True),
        (BESIDE, "(torch.arange(n) + n // 2) % n", True),
        (BESIDE, "torch.arange(n) ^ 1", False),
        (BEHIND, "(torch.arange(n) + n // 2) % n", False),
        (TWO, "torch.arange(n).roll(n // 2)", False),
    ],
)
def test_the_match_of_each_row_is_the_other_view_of_its_sample(join, positive, found):
    body = f"{join}\n    loss = loss_of(z, {positive})"
    assert slugs(PROGRAM.format(body=body), "") == (["positives_of_others"] if found else [])


REST = "s = z @ z.t() / 0.2\n    s = s[~torch.eye(n, dtype=torch.bool)].view(n, n - 1)"
PARTNERS = "torch.cat([torch.arange(n // 2, n) - 1, torch.arange(n // 2)])"


@pytest.mark.parametrize(
    ("join", "positive", "found"),
    [
        (BEHIND, PARTNERS, False),
        (TWO, PARTNERS, False),
        (BESIDE, "torch.arange(n) // 2 * 2", False),
        (BEHIND, "torch.arange(n) // 2 * 2", True),
        (BESIDE, PARTNERS, True),
    ],
)
def test_the_match_of_each_row_where_its_own_column_is_taken_out(join, positive, found):
    body = f"{join}\n    {REST}\n    loss = F.cross_entropy(s, {positive})"
    assert slugs(PROGRAM.format(body=body), "") == (["positives_of_others"] if found else [])


FIRST = "first = s[torch.arange(n), {}][:, None]"
BESIDE_IT = "torch.arange(n) // 2 * 2"
GATHERED = "first = s.gather(1, ({})[:, None])"
MASKED = "first = s[F.one_hot({}, n - 1).bool()].view(n, 1)"


@pytest.mark.parametrize(
    ("join", "pick", "found"),
    [
        (BESIDE, FIRST.format(BESIDE_IT), False),
        (BEHIND, FIRST.format(BESIDE_IT), True),
        (TWO, GATHERED.format(BESIDE_IT), True),
        (BEHIND, GATHERED.format(PARTNERS), False),
        (BESIDE, MASKED.format(PARTNERS), True),
        (BEHIND, MASKED.format(PARTNERS), False),
    ],
)
def test_the_match_of_each_row_where_it_is_put_in_front_of_the_others(join, pick, found):
    scores = f"{join}\n    {REST}\n    {pick}\n    scores = torch.cat([first, s.topk(3).values], dim=1) / 0.5"
    body = f"{scores}\n    loss = F.cross_entropy(scores, torch.zeros(n, dtype=torch.long))"
    assert slugs(PROGRAM.format(body=body), "") == (["positives_of_others"] if found else [])


@pytest.mark.parametrize(
    ("labels", "found"),
    [("torch.arange(len(one))", False), ("torch.arange(len(one)).flip(0)", True)],
)
def test_two_towers_match_row_by_row(labels, found):
    body = f"loss = F.cross_entropy(model(one) @ model(other).t() / 0.1, {labels})"
    assert slugs(PROGRAM.format(body=body), "") == (["positives_of_others"] if found else [])


def test_views_are_put_side_by_side():
    body = f"{BEHIND}\n    loss = loss_of(z, torch.arange(n) ^ 1)"
    edit = "    z = model(torch.stack([one, other], dim=1).flatten(0, 1))\n"
    assert audited(PROGRAM.format(body=body), "") == [("positives_of_others", [edit])]


JOINED_INSIDE = """
class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Linear(6, 5)

    def forward(self, views):
        both = torch.cat(views)
        return self.net(both.relu())


encoder = Encoder()
encoder.net = model
"""


def test_views_that_the_model_joins():
    body = "z = encoder([one, other])\n    loss = loss_of(z, torch.arange(n) ^ 1)"
    program = PROGRAM.format(body=body).replace("model = nn.Linear(6, 5)", f"model = nn.Linear(6, 5)\n{JOINED_INSIDE}")
    edit = "        both = torch.stack(views, dim=1).flatten(0, 1)\n"
    assert audited(program, "") == [("positives_of_others", [edit])]


MADE = """
def noisy(x):
    turned = torch.rand(len(x), 1) < 0.5
    return torch.where(turned, x.flip(-1), x) + 0.1 * torch.randn_like(x)


def cut(x):
    return F.pad(x[:, 1:], (1, 0)) * torch.empty(len(x), 1).uniform_(0.9, 1.1)


def one_by_one(x):
    return torch.stack([row.roll(1) + 0.1 * torch.randn(6) for row in x])


model = nn.Linear(6, 5)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
pool = torch.randn(24, 6)
for x in pool[torch.randperm(24)].split(8):
    n = 2 * len(x)
    z = F.normalize(model({views}), dim=1)
    similarity = (z @ z.t() / 0.2).masked_fill(torch.eye(n, dtype=torch.bool), float("-inf"))
    loss = F.cross_entropy(similarity, {positive})
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
NEXT, BEHIND_ALL = "torch.arange(n) ^ 1", "(torch.arange(n) + n // 2) % n"


@pytest.mark.parametrize(
    "views",
    [
        "torch.cat([noisy(x), noisy(x)])",
        "torch.cat((cut(x), noisy(x)), dim=0)",
        "torch.cat([one_by_one(x), one_by_one(x)])",
        "torch.cat([x, 0.1 * torch.randn(8, 6) + x])",
    ],
)
def test_views_that_the_script_makes_of_one_batch(views):
    assert slugs(MADE.format(views=views, positive=NEXT), "") == ["positives_of_others"]
    assert slugs(MADE.format(views=views, positive=BEHIND_ALL), "") == []


@pytest.mark.parametrize(
    ("views", "positive"),
    [
        ("torch.stack([noisy(x), cut(x)], 1).flatten(0, 1)", NEXT),
        ("torch.cat([noisy(x), noisy(x.flip(0))])", "torch.arange(n).flip(0)"),
        ("torch.cat([x, torch.randn(8, 6)])", NEXT),
        ("torch.cat([noisy(x), x[torch.randperm(8)]])", NEXT),
    ],
)
def test_views_in_the_order_of_their_labels_and_rows_of_which_nobody_knows(views, positive):
    assert slugs(MADE.format(views=views, positive=positive), "") == []
