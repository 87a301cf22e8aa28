"""Weights of pairs of items, however the score of a pair is made: sums, distances, a layer on both of them."""

from __future__ import annotations

import pytest
from programs import audited, slugs

GRAPHS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.w, self.left, self.right = nn.Linear(6, 8), nn.Linear(8, 1), nn.Linear(8, 1, bias=False)
        self.both, self.score = nn.Linear(16, 1), nn.Linear(8, 1)
        self.q, self.k, self.out = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 1)
        self.slots, self.caps = nn.Parameter(torch.randn(4, 8)), nn.Parameter(torch.randn(3, 8, 8) * 0.3)

    def forward(self, x, adj):
        h = self.w(x)
        n = h.size(1)
        {body}
        return self.out(z.sum(1)).squeeze(-1)


def graphs():
    return torch.randn(5, 7, 6), ((torch.rand(5, 7, 7) < 0.4).float() + torch.eye(7)).clamp(max=1)


model, criterion = Model(), nn.MSELoss()
batches = [(graphs(), torch.randn(5)) for _ in range(3)]
"""
TRAIN = """
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for (x, adj), y in batches:
    loss = criterion(model(x, adj), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""

SCORES = [
    "e = F.leaky_relu(self.left(h) + self.right(h).mT, 0.2).masked_fill(adj == 0, -1e9); z = e.softmax({}) @ h",
    "e = self.left(h) - self.right(h).mT; e = torch.where(adj > 0, e, torch.full_like(e, -9e15));"
    " z = torch.bmm(F.softmax(e, dim={}), h)",
    "e = self.both(torch.cat([h.unsqueeze(2).expand(-1, n, n, -1), h.unsqueeze(1).expand(-1, n, n, -1)], -1));"
    " z = torch.einsum('bij,bjd->bid', e.squeeze(-1).softmax({}), h)",
    "e = self.both(torch.cat([h.repeat_interleave(n, 1), h.repeat(1, n, 1)], 2).view(-1, n, n, 16))[..., 0];"
    " z = (e.softmax({}).unsqueeze(-1) * h.unsqueeze(1)).sum(2)",
    "e = self.score(torch.tanh(self.q(h)[:, :, None] + self.k(h)[:, None])); z = e.squeeze(-1).softmax({}).matmul(h)",
    "z = F.softmax(-torch.cdist(h, h), dim={}) @ h",
    "e = (self.q(h).unsqueeze(2) * self.k(h).unsqueeze(1)).sum(-1) + torch.log(adj + 1e-6); z = e.softmax({}) @ h",
]


@pytest.mark.parametrize("body", SCORES)
def test_weights_of_pairs(body):
    assert slugs(GRAPHS.format(body=body.format(1)), TRAIN) == ["weights_along_other_axis"]
    assert slugs(GRAPHS.format(body=body.format(2)), TRAIN) == []


def test_the_axis_that_is_summed_over_is_named():
    ((_, edits),) = audited(
        GRAPHS.format(body="e = self.left(h) + self.right(h).mT\n        z = e.softmax(1) @ h"), TRAIN
    )
    assert edits == ["        z = e.softmax(2) @ h\n"]


LOOP = "\n        for _ in range(3):\n            "


@pytest.mark.parametrize(
    "body",
    [
        # Slots compete for the items, and each is the mean of what it got.
        f"s = self.slots.expand(len(h), -1, -1){LOOP}a = torch.einsum('bkd,bnd->bkn', self.q(s), self.k(h)).softmax(1)"
        " + 1e-8; s = (a / a.sum(-1, keepdim=True)) @ h\n        z = s",
        "z = torch.einsum('bkd,bnd->bkn', self.q(self.slots.expand(len(h), -1, -1)), self.k(h)).softmax(1) @ h",
        # Capsules hand out what they have to those that agree.
        f"u = torch.einsum('oij,bni->bnoj', self.caps, h); b = torch.zeros(len(h), n, 3){LOOP}"
        "v = torch.tanh((b.softmax(2).unsqueeze(-1) * u).sum(1)); b = b + (u * v.unsqueeze(1)).sum(-1)\n        z = v",
        f"u = torch.einsum('oij,bni->bnoj', self.caps, h); b = torch.zeros(len(h), n, 3){LOOP}"
        "v = torch.tanh(torch.einsum('bno,bnod->bod', b.softmax(2), u)); b = b + torch.einsum('bnod,bod->bno', u, v)\n"
        "        z = v",
        # Clusters, by a layer or by what is learned of each, and what is sent to experts.
        "z = (h @ self.slots.t()).softmax(-1).mT @ h",
        "z = F.softmax(-torch.cdist(h, self.slots.expand(len(h), -1, -1)), dim=-1).mT @ h",
        "z = torch.einsum('bne,bnd->bed', (h @ self.slots.t()).softmax(-1), h)",
        # Shared out along both axes in turns, or by both of them.
        f"e = self.left(h) + self.right(h).mT{LOOP}e = e.log_softmax(1).log_softmax(2)\n        z = e.exp() @ h",
        "e = self.left(h) + self.right(h).mT; z = (e.softmax(1) * e.softmax(2)) @ h",
        "e = self.left(h) + self.right(h).mT; z = e.softmax(2) @ h + e.softmax(1).mT @ h",
        "a = (self.left(h) + self.right(h).mT).softmax(1); a = a / a.sum(2, keepdim=True); z = a @ h",
        # The pair the other way round: from its first to its second.
        "e = self.left(h) + self.right(h).mT; z = e.softmax(1).mT @ h",
    ],
)
def test_weights_that_are_meant_as_they_are(body):
    assert slugs(GRAPHS.format(body=body), TRAIN) == []


ONE_GRAPH = """
class Layer(nn.Module):
    def __init__(self, num_features, hidden_size):
        super().__init__()
        self.w, self.a = nn.Linear(num_features, hidden_size, bias=False), nn.Linear(2 * hidden_size, 1, bias=False)
        self.left, self.right = nn.Linear(hidden_size, 1), nn.Linear(hidden_size, 1)

    def forward(self, x, adj):
        h = self.w(x)
        n = len(h)
        {body}
        return e.softmax({along}) @ h


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = Layer(6, 8), Layer(8, 3)

    def forward(self, x, adj):
        return self.two(F.elu(self.one(x, adj)), adj)


x, y = torch.randn(11, 6), torch.randint(0, 3, (11,))
adj = ((torch.rand(11, 11) < 0.4).float() + torch.eye(11)).clamp(max=1)
known = torch.arange(11) < 6
model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    loss = F.cross_entropy(model(x, adj)[known], y[known])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    "body",
    [
        "e = F.leaky_relu(self.left(h) + self.right(h).t()).masked_fill(adj == 0, -1e9)",
        "e = self.a(torch.cat([h.repeat_interleave(n, 0), h.repeat(n, 1)], 1)).view(n, n);"
        " e = torch.where(adj > 0, F.leaky_relu(e), -9e15 * torch.ones_like(e))",
    ],
)
def test_one_graph_without_a_batch(body):
    assert slugs(ONE_GRAPH.format(body=body, along=0), "") == ["weights_along_other_axis"]
    assert slugs(ONE_GRAPH.format(body=body, along=1), "") == []
