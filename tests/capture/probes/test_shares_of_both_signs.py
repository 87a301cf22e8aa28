"""Weights that are divided by their sum: of what is never negative they are shares, of scores they are not."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key = nn.Linear(6, 6), nn.Linear(6, 6)

    def forward(self, x):
        scores = self.query(x) @ self.key(x).mT / 6**0.5
        w = {weights}
        return {out}


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(4, 9, 6), torch.randn(4, 9, 6)) for _ in range(2)]
"""


@pytest.mark.parametrize(
    ("weights", "out"),
    [
        ("{} + 1e-8", "(w / w.sum(-1, keepdim=True)) @ x"),
        ("{}", "(w / (w.sum(dim=2, keepdim=True) + 1e-6)).bmm(x)"),
    ],
)
def test_scores_go_through_an_exponential_first(weights, out):
    found = [slugs(PROGRAM.format(weights=weights.format(it), out=out)) for it in ("scores", "scores.exp()")]
    assert found == [["shares_of_both_signs"], []]


@pytest.mark.parametrize(
    "out",
    [
        "(w / w.norm(dim=-1, keepdim=True)) @ x",
        # The mean of all scores, which weighs nothing.
        "x * (w / w.sum(-1, keepdim=True)).mean(-1, keepdim=True)",
    ],
)
def test_other_divisors_and_uses_are_left(out):
    assert "shares_of_both_signs" not in slugs(PROGRAM.format(weights="scores", out=out))
