"""Likelihoods that are written by hand: fed with scores they are told, fed with probabilities not."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
model = nn.Sequential(nn.Linear(6, 4){activation})
batches = [(torch.randn(9, 6), torch.randint(0, 4, (9,))) for _ in range(3)]


def criterion(p, y):
    return {loss}
"""
LIKELIHOODS = [
    "-p.clamp_min(1e-8).gather(1, y.unsqueeze(1)).squeeze(1).log().mean()",
    "-torch.log(p.gather(1, y[:, None]).clamp(min=1e-6)).mean()",
    "-torch.log(p.clamp(1e-6, 1)[torch.arange(len(y)), y]).mean()",
    "-(F.one_hot(y, 4) * p.clamp(min=1e-6).log()).sum(1).mean()",
]


@pytest.mark.parametrize("loss", LIKELIHOODS)
@pytest.mark.parametrize("activation", ["", ", nn.Softmax(dim=1)"])
def test_likelihoods_of_scores_and_of_probabilities(loss, activation):
    assert slugs(PROGRAM.format(loss=loss, activation=activation)) == ([] if activation else ["scores_in_a_formula"])


@pytest.mark.parametrize(
    "loss",
    [
        # A rate is never negative, and what is picked need not be a probability.
        "-p.exp().clamp_min(1e-8).gather(1, y.unsqueeze(1)).log().mean() + p.exp().mean()",
        "p.clamp_min(0.1).log().mean()",
        # What is cut off is a rate, with the sum of all rates beside it.
        "(r := p.clamp_min(1e-3)).sum(1).mean() - r.gather(1, y.unsqueeze(1)).log().mean()",
        "((r := p.clamp(min=1e-3)) - F.one_hot(y, 4) * r.log()).sum(1).mean()",
        "(p.gather(1, y.unsqueeze(1)).clamp_min(0) - 1).pow(2).mean()",
    ],
)
def test_logarithms_of_other_things(loss):
    assert "scores_in_a_formula" not in slugs(PROGRAM.format(loss=loss, activation=""))


YES_OR_NO = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 1)
        nn.init.constant_(self.linear.weight, 0.001)
        nn.init.constant_(self.linear.bias, 0.5)

    def forward(self, x):
        return {returned}


model, criterion = Model(), nn.BCELoss()
batches = [(torch.randn(9, 6), torch.randint(0, 2, (9,)).float()) for _ in range(3)]
"""


@pytest.mark.parametrize(
    ("returned", "found"),
    [
        ("self.linear(x).squeeze(1)", True),
        ("self.linear(x)[:, 0]", True),
        ("torch.sigmoid(self.linear(x)).squeeze(1)", False),
        ("self.linear(x).clamp(0, 1).squeeze(1)", False),
        # Probabilities that are weighed by shares are probabilities again.
        ("F.linear(self.linear(x).sigmoid(), self.linear.weight.softmax(1)[:, :1]).squeeze(1)", False),
    ],
)
def test_a_cross_entropy_of_what_happens_to_lie_in_its_bounds(returned, found):
    assert ("scores_in_a_formula" in slugs(YES_OR_NO.format(returned=returned))) is found
