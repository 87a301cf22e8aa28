"""Formulas of a loss whose sums run along other axes: means of exponentials, and overlaps of maps."""

from __future__ import annotations

import pytest
from programs import slugs

DRAWS = """
import math

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 3)

    def forward(self, x):
        return self.linear(x + torch.randn({draws}, 7, 4))

def criterion(drawn, y):
    likely = -((drawn - y) ** 2).sum(-1)
    return {value}

model = Model()
batches = [(torch.randn(7, 4), torch.randn(7, 3)) for _ in range(2)]
"""


@pytest.mark.parametrize(
    ("value", "draws", "is_wrong"),
    [
        ("-(likely.logsumexp(1) - math.log(5)).mean()", 5, True),
        ("math.log(likely.size(0)) - torch.logsumexp(likely, dim=-1).mean()", 5, True),
        ("-(likely.logsumexp(1) - torch.tensor(5.0).log()).mean()", 5, True),
        ("-(likely.t().logsumexp(0) - math.log(5)).sum()", 5, True),
        ("-(math.log(1 / 5) + likely.logsumexp(1)).mean()", 5, True),
        ("-(likely.logsumexp(0) - math.log(5)).mean()", 5, False),
        # Both come off, as in the rounds of an optimal transport, or none does.
        ("(-math.log(5) - likely.logsumexp(1)).mean()", 5, False),
        ("(likely.logsumexp(1) + math.log(5)).mean()", 5, False),
        ("-(likely.logsumexp(0) - 0.7).mean()", 5, False),
        ("-(likely.logsumexp(0) - likely.logsumexp(0).detach()).mean()", 5, False),
        # Both axes have as many: nothing tells.
        ("-(likely.logsumexp(0) - math.log(7)).mean()", 7, False),
    ],
)
def test_means_of_exponentials(value, draws, is_wrong):
    found = slugs(DRAWS.format(value=value, draws=draws))
    assert ("averaged_along_other_axis" in found) is is_wrong


MAPS = """
def criterion(scores, labels):
    p = {likely}
    y = F.one_hot(labels, 4).movedim(-1, {at}).float()
    return 1 - {value}.mean()

model = nn.Conv2d(2, 4, 3, padding=1)
batches = [(torch.randn(3, 2, 6, 7), torch.randint(0, 4, (3, 6, 7))) for _ in range(2)]
"""


@pytest.mark.parametrize(
    ("value", "likely", "is_wrong"),
    [
        ("(2 * (p * y).sum((1, 2)) / (p.sum((1, 2)) + y.sum((1, 2))))", "scores.softmax(1)", True),
        ("((y * p).sum((0, 1, 3)) / (p.sum((0, 1, 3)) + y.sum((0, 1, 3)) + 1))", "scores.softmax(1)", True),
        ("(2 * (p * y).mean((1, 3)) / (p.mean((1, 3)) + y.mean((1, 3))))", "scores.softmax(1).clamp(min=1e-6)", True),
        ("(2 * (p * y).sum((2, 3)) / (p.sum((2, 3)) + y.sum((2, 3)) + 1))", "scores.softmax(1)", False),
        ("(2 * (p * y).sum((0, 2, 3)) / (p.sum((0, 2, 3)) + y.sum((0, 2, 3)) + 1))", "scores.softmax(1)", False),
        # All that a sample has, and all that there is.
        ("(2 * (p * y).sum((1, 2, 3)) / (p.sum((1, 2, 3)) + y.sum((1, 2, 3))))", "scores.softmax(1)", False),
        ("(2 * (p * y).sum() / (p.sum() + y.sum()))", "scores.softmax(1)", False),
        # The classes last.
        ("(2 * (p * y).sum((1, 2)) / (p.sum((1, 2)) + y.sum((1, 2)) + 1))", "scores.movedim(1, -1).softmax(-1)", False),
        ("(p * y).sum((1, 2))", "scores.softmax(1)", False),
    ],
)
def test_overlaps_of_maps(value, likely, is_wrong):
    at = -1 if "movedim" in likely else 1
    found = slugs(MAPS.format(value=value, likely=likely, at=at))
    assert ("overlap_of_half_a_map" in found) is is_wrong
