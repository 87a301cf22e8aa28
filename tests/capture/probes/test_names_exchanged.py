"""What a function returns, and the names that its caller gives it."""

from __future__ import annotations

import pytest
from programs import TRAIN, audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.mean, self.spread, self.out = nn.Linear(6, 3), nn.Linear(6, 3), nn.Linear(3, 2)

    def encode(self, x):
        mu, logvar = self.mean(x), self.spread(x)
        return mu, logvar

    def forward(self, x):
        {taken}
        return self.out(mu * (logvar / 2).exp())


def turned(a, b):
    {body}


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(5, 6), torch.randn(5, 2)) for _ in range(3)]
"""
RIGHT, PLAIN = "mu, logvar = self.encode(x)", "return b, a"


def test_exchanged_names():
    found = audited(PROGRAM.format(taken="logvar, mu = self.encode(x)", body=PLAIN))
    assert found == [("names_exchanged", [f"        {RIGHT}\n"])]


def test_exchanged_names_of_a_measure():
    body = "loss, hits = a + b, a - b; return loss, hits"
    assert slugs(PROGRAM.format(taken=RIGHT, body=body), TRAIN + "hits, loss = turned(1, 2)") == ["names_exchanged"]


@pytest.mark.parametrize(
    ("body", "after"),
    [
        (PLAIN, "a, b = turned(1, 2)"),
        # A function that exchanges, one whose returns differ, and what was handed over in another order.
        ("a, b = b, a; return a, b", "b, a = turned(1, 2)"),
        ("c, d = a, b\n    if c: return c, d\n    return d, c", "d, c = turned(1, 2)"),
        ("c, d = a, b; return c, d", "c, d = 1, 2; d, c = turned(d, c)"),
        ("c, d = a, b; return c, d", "d, e = turned(1, 2)"),
        ("c, d = a, b; return c, d", "c, d = turned(1, 2)"),
        # Two roles: who learns both ways takes the pairs in both orders.
        ("c, d = a, b; return c, d", "c, d = turned(1, 2); d, c = turned(3, 4)"),
    ],
)
def test_names_that_are_meant(body, after):
    assert slugs(PROGRAM.format(taken=RIGHT, body=body), TRAIN + after) == []


NAMESAKE = """
class Search(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 3)

    def forward(self, x):
        return self.linear(x)

    def topk(self, x, k):
        scores = self(x)
        values, indices = scores.topk(k)
        return indices, values


def mode(x):
    indices, values = x.argmax(1), x.amax(1)
    return indices, values


model, criterion = Search(), nn.MSELoss()
batches = [(torch.randn(5, 6), torch.randn(5, 3)) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("after", "found"),
    [
        ("indices, values = model.topk(batches[0][0], 2)", []),
        ("values, indices = model.topk(batches[0][0], 2)", ["names_exchanged"]),
        ("values, indices = mode(batches[0][1])", ["names_exchanged"]),
        ("values, indices = torch.mode(batches[0][1], 0)", []),
        ("x = batches[0][1]; values, indices = x.topk(2)", []),
    ],
)
def test_a_method_of_the_same_name_that_something_else_has(after, found):
    assert slugs(NAMESAKE, TRAIN + after) == found
