"""Scores that are divided by the root of a size: that of what was added up, or of another axis."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(20, 12)
        self.query, self.key, self.out = nn.Linear(12, 12), nn.Linear(12, 12), nn.Linear(12, 3)

    def forward(self, words):
        x = self.embed(words)
        q, k = self.query(x), self.key(x)
        {lines}
        return self.out(scores.softmax(-1) @ x)[:, 0]


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randint(0, 20, (5, 7)), torch.randint(0, 3, (5,))) for _ in range(2)]
"""


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("scores = q @ k.mT / x.size(1) ** 0.5", "scores = q @ k.mT / x.size(-1) ** 0.5"),
        ("scores = torch.bmm(q, k.mT) / x.shape[0] ** 0.5", "scores = torch.bmm(q, k.mT) / x.shape[2] ** 0.5"),
        (
            "b, t, d = x.shape\n        scores = q @ k.mT * t**-0.5",
            "b, t, d = x.shape\n        scores = q @ k.mT * d**-0.5",
        ),
        (
            "c = k.size(-2) ** 0.5\n        scores = q / c @ k.mT",
            "c = k.size(-1) ** 0.5\n        scores = q / c @ k.mT",
        ),
    ],
)
def test_it_is_that_of_what_was_added_up(wrong, right):
    found = [slugs(PROGRAM.format(lines=lines)) for lines in (wrong, right)]
    assert found == [["scaled_by_another_size"], []]


def test_the_last_axis_is_asked_for():
    ((_, (line,)),) = audited(PROGRAM.format(lines="scores = q @ k.mT / x.size(1) ** 0.5"))
    assert line.strip() == "scores = q @ k.mT / x.size(-1) ** 0.5"


@pytest.mark.parametrize(
    "lines",
    [
        # All features, where each head has a part of them.
        "q, k = q.unflatten(2, (3, 4)).mT.flatten(2), k.unflatten(2, (3, 4)).mT.flatten(2)\n"
        "        scores = q[..., :4] @ k[..., :4].mT / x.size(-1) ** 0.5",
        "scores = q @ k.mT / 7**0.5",
        # All channels, of which a layer has as many as there are places, and the products have a part of them.
        "x = torch.cat([x, x], 1)[:, :12]\n        c = x.mT\n"
        "        q, k = (f(x).unflatten(2, (3, 4)).sum(2) for f in (self.query, self.key))\n"
        "        scores = q @ k.mT / c.size(1) ** 0.5",
        "scores = q @ k.mT / x.size(1)",
    ],
)
def test_other_scales_may_be_chosen(lines):
    assert "scaled_by_another_size" not in slugs(PROGRAM.format(lines=lines))
