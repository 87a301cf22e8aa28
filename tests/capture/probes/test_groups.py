"""Weights of items that are added up by groups: of all samples, of one, of the edges at either end."""

from __future__ import annotations

import pytest
from programs import audited, slugs

POOLED = """
group = torch.tensor([0, 0, 0, 1, 1, 2, 2, 2, 2])


def shared_by_group(weights):
    return weights / torch.zeros(3, *weights.shape[1:]).index_add(0, group, weights)[group]


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.score, self.linear = nn.Linear(4, {width}), nn.Linear(4, 1)

    def forward(self, x):  # the items of three samples, one behind the other
        score = self.score(x)
        weights = {weights}
        return self.linear({pooled})


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(9, 4), torch.randn({targets}, 1)) for _ in range(3)]
"""
ADDED = "torch.zeros(3, 4).index_add(0, group, weights * x)"


def pooled(weights, added=ADDED, width=1, targets=3):
    return POOLED.format(weights=weights, pooled=added, width=width, targets=targets)


@pytest.mark.parametrize(
    ("weights", "added", "width"),
    [
        ("score.exp() / score.exp().sum()", ADDED, 1),
        ("score.softmax(0)", ADDED, 1),
        ("F.softmax(score.squeeze(1), dim=0)[:, None]", ADDED, 1),
        ("score.softmax(dim=0)", "torch.zeros(3, 4).index_add_(0, group, x * weights)", 4),
        ("score.softmax(0)", "torch.zeros(3, 4).scatter_add(0, group[:, None].expand(-1, 4), weights * x)", 1),
    ],
)
def test_weights_over_all_samples(weights, added, width):
    assert slugs(pooled(weights, added, width)) == ["weights_of_other_groups"]


def test_the_sum_of_each_group():
    program = pooled("score[:, 0].exp()", "self.pool(weights, x)").replace(
        "    def forward",
        "    def pool(self, weights, x):\n"
        "        shares = weights / weights.sum()\n"
        "        return torch.zeros(3, 4).index_add(0, group, shares[:, None] * x)\n\n"
        "    def forward",
    )
    ((slug, edits),) = audited(program)
    assert slug == "weights_of_other_groups"
    right = "shares = weights / weights.new_zeros(int(group.max()) + 1).index_add(0, group, weights)[group]"
    assert [edit.strip() for edit in edits] == [right]
    assert slugs(program.replace("shares = weights / weights.sum()", right)) == []


@pytest.mark.parametrize(
    ("weights", "added", "targets"),
    [
        ("shared_by_group(score.exp())", ADDED, 3),
        ("shared_by_group((score - score.max()).exp())", ADDED, 3),
        ("score.sigmoid()", ADDED, 3),
        ("score.softmax(1)", ADDED, 3),
        # Of one sample each item is told how much it weighs, wherever it lies.
        ("score.softmax(0)", "torch.zeros(3, 4).index_add(0, group.flip(0), weights * x)", 3),
        ("score.softmax(0)", f"{ADDED}.sum(0, keepdim=True)", 1),
    ],
)
def test_weights_over_each_sample(weights, added, targets):
    assert "weights_of_other_groups" not in slugs(pooled(weights, added, targets=targets))


GRAPH = """
size = 12
edges = torch.randint(0, size, (2, 50))


def shared(score, number):
    top = torch.zeros(size, *score.shape[1:])
    weights = (score - score.max()).exp()
    total = top.index_add(0, number, weights)
    return weights / ({total} + 1e-9)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.one, self.two = nn.Linear(4, 6), nn.Linear(6, 1), nn.Linear(6, 1)

    def forward(self, x):
        start, end = edges
        h = self.linear(x)
        score = F.leaky_relu(self.one(h)[start] + self.two(h)[end])
        weights = shared(score, {number})
        return torch.zeros_like(h).index_add(0, end, {sent})


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(size, 4), torch.randint(0, 6, (size,))) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("total", "sent"),
    [
        ("total[number]", "weights * h[start]"),
        ("total.index_select(0, number)", "h.index_select(0, start) * weights"),
        ("total.gather(0, number[:, None])", "F.dropout(weights, 0.1) * h[start]"),
    ],
)
def test_weights_over_the_edges_that_leave(total, sent):
    ((slug, edits),) = audited(GRAPH.format(total=total, sent=sent, number="start"))
    assert slug == "weights_of_other_groups"
    assert [edit.strip() for edit in edits] in ([], ["weights = shared(score, end)"])
    assert slugs(GRAPH.format(total=total, sent=sent, number="end")) == []


KINDS = "kinds = torch.randint(0, 3, (50,))\nkind = torch.randn(3, 6)\n\n\nclass Model"


@pytest.mark.parametrize(
    "message",
    [
        "(h[start] + kind[kinds])",
        "(torch.cat([h[start], kind[kinds]], 1) @ torch.eye(12, 6)).relu()",
        "(h.index_select(0, start) * kind[kinds].sigmoid())",
    ],
)
def test_messages_that_are_more_than_the_rows_of_the_sender(message):
    program = GRAPH.replace("class Model", KINDS)
    sent = f"weights * {message}"
    assert slugs(program.format(total="total[number]", sent=sent, number="start")) == ["weights_of_other_groups"]
    assert slugs(program.format(total="total[number]", sent=sent, number="end")) == []


def test_messages_that_are_made_of_both_ends():
    sent = "weights * (h[start] - h[end])"
    assert slugs(GRAPH.format(total="total[number]", sent=sent, number="start")) == []


def test_what_is_no_share_of_a_score():
    degree = "torch.bincount(start, minlength=size)[start].reciprocal()[:, None]"
    assert slugs(GRAPH.format(total="total[number]", sent=f"{degree} * h[start]", number="end")) == []
