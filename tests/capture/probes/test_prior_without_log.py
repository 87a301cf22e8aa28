"""Divergences between choices, from a prior that is a number, a row, or made by a layer: with its logarithm or not."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.other = nn.Linear(4, 6), nn.Linear(4, 6)

    def forward(self, x):
        return self.one(x).view(-1, 2, 3), self.other(x).view(-1, 2, 3)


def criterion(made, y):
    scores, others = made
    q, p, k = scores.softmax(-1), others.softmax(-1), 3
    log_q, row = torch.log(q + 1e-20), torch.tensor([0.2, 0.5, 0.3])
    return F.mse_loss(q[:, 0], y) + {term}


model = Model()
batches = [(torch.randn(5, 4), torch.rand(5, 3)) for _ in range(2)]
"""


def program(term):
    return PROGRAM.format(term=term)


@pytest.mark.parametrize(
    ("term", "right"),
    [
        ("(q * (log_q - 1.0 / k)).sum((1, 2)).mean()", "log_q - torch.log(torch.tensor(1.0 / k))"),
        ("((scores.log_softmax(-1) - row) * q).sum(-1).mean()", "- row.log()"),
        ("(q * (q.log() - p)).sum()", "- p.log()"),
        ("(q * (log_q - torch.tensor(1 / k))).sum(-1).mean()", "- torch.tensor(1 / k).log()"),
    ],
)
def test_a_probability_is_taken_from_a_logarithm(term, right):
    ((slug, (edit,)),) = audited(program(term))
    assert slug == "prior_without_log"
    assert right in edit


@pytest.mark.parametrize(
    "term",
    [
        "(q * (log_q - math.log(1 / k))).sum(-1).mean()",
        "(q * (log_q - row.log())).sum(-1).mean()",
        "(q * (q.log() - p.log())).sum()",
        # An entropy that is held at some level, and what a choice is worth.
        "(q * (log_q - 0.7)).sum(-1).mean()",
        "(q * (log_q - others)).sum(-1).mean()",
        "(p * (log_q - 1 / k)).sum(-1).mean()",
    ],
)
def test_divergences_and_entropies(term):
    assert slugs("import math\n" + program(term)) == []
