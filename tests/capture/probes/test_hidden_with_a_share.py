"""Scores that are hidden from a softmax with a 0, or with next to nothing: they have a share like any other."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.score, self.out = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 1), nn.Linear(8, 5)

    def forward(self, given):
        x, seen = given
        pairs = self.query(x) @ self.key(x).transpose(1, 2) / 8**0.5
        table = seen.bool().unsqueeze(1).expand(-1, 6, -1)
        scores = self.score(x).squeeze(-1)
        {lines}
        return self.out(pooled)
model, criterion = Model(), nn.CrossEntropyLoss()
def batch():
    seen = (torch.rand(5, 6) > 0.4).float()
    seen[:, 0] = 1
    return (torch.randn(5, 6, 8), seen), torch.randint(5, (5,))
batches = [batch() for _ in range(3)]
"""
POOLS = "pooled = torch.einsum('bt,btd->bd', weights, x)"
ATTENDS = "pooled = (pairs.softmax(-1) @ x).mean(1)"
POOLED = [
    "weights = (scores * seen).softmax(1)",
    "scores *= seen; weights = F.softmax(scores / 0.5, dim=1)",
    "weights = torch.where(seen > 0, scores, torch.zeros(())).softmax(1)",
    "scores = scores.clone(); scores[seen == 0] = 1e-9; weights = scores.softmax(1)",
]
ATTENDED = [
    "pairs = pairs.masked_fill(~table, -1e-9)",
    "pairs = pairs.masked_fill(~table, 0.0)",
    "pairs = table * pairs",
]
# What is hidden all the same, or not hidden at all.
RIGHT = [
    "weights = scores.masked_fill(seen == 0, -1e9).softmax(1)",
    "weights = (scores * seen + (1 - seen) * -1e9).softmax(1)",
    "weights = (scores * seen).softmax(1) * seen; weights = weights / weights.sum(1, keepdim=True)",
    "weights = (scores * seen.amax(1, keepdim=True)).softmax(1)",
    "weights = (scores * (scores > 0)).softmax(1)",
    "weights = (scores * (torch.rand(5, 6) > 0.1)).softmax(1)",
    # The first choice has the score 0 in all rows; some have a bonus; what is known of each choice is the input itself.
    "weights = (scores * (torch.arange(6) > 0)).softmax(1)",
    "weights = (scores[:, :1] * seen).softmax(1)",
    "h = F.linear(seen, self.query.weight[:6, :6]); weights = (h * seen).softmax(1)",
]


def told(lines):
    return slugs(PROGRAM.format(lines=lines))


@pytest.mark.parametrize(
    "lines", [*(f"{each}; {POOLS}" for each in POOLED), *(f"{each}; {ATTENDS}" for each in ATTENDED)]
)
def test_a_zero_has_a_share(lines):
    assert told(lines) == ["hidden_with_a_share"]


@pytest.mark.parametrize("line", RIGHT)
def test_what_has_no_share(line):
    assert told(f"{line}; {POOLS}") == []


def test_the_edit_fills_the_same_places():
    found = audited(PROGRAM.format(lines=f"{POOLED[0]}; {POOLS}"))
    assert "(scores.masked_fill(seen == 0, -1e9)).softmax(1)" in found[0][1][0]
