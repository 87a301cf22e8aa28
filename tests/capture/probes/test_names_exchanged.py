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
    ],
)
def test_names_that_are_meant(body, after):
    assert slugs(PROGRAM.format(taken=RIGHT, body=body), TRAIN + after) == []
