"""Masked sums over a number: that of what was summed, or that of what was left out."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.head = nn.Conv1d(3, 8, 3, padding=1), nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.conv(x.mT).mT)

def criterion(out, batch):
    goal, hidden = batch
    losses = F.mse_loss(out, goal, reduction="none").mean(-1)
    return {loss}

hidden = (torch.arange(9) >= 2) & (torch.arange(9) < torch.tensor([7, 4, 8, 5])[:, None])
model, goal = Model(), torch.randn(4, 9, 3)
batches = [(goal.masked_fill(hidden[..., None], 0.0), (goal, hidden)) for _ in range(2)]
"""


@pytest.mark.parametrize(
    "loss",
    [
        "losses.masked_fill(hidden, 0.0).sum() / hidden.sum()",
        "(losses.masked_fill(hidden, 0.0).sum(1) / hidden.sum(1).clamp(min=1e-5)).mean()",
        "(losses * ~hidden).sum() / hidden.float().sum()",
        "torch.where(hidden, 0.0, losses).sum() / (hidden.sum() + 1e-8)",
        "2 * (losses * (1 - hidden.float())).sum() / hidden.sum()",
    ],
)
def test_what_is_counted_was_left_out(loss):
    assert slugs(PROGRAM.format(loss=loss)) == ["divided_by_the_others"]


@pytest.mark.parametrize(
    "loss",
    [
        "losses.masked_fill(~hidden, 0.0).sum() / hidden.sum()",
        "losses.masked_fill(hidden, 0.0).sum() / (~hidden).sum()",
        "(losses * hidden).sum() / hidden.sum()",
        # The others have a term of their own, with which this one is weighed.
        "(losses * ~hidden).sum() / hidden.sum() + (losses * hidden).sum() / hidden.sum()",
        "0.5 * (losses * ~hidden).sum() / hidden.sum() + out[hidden].pow(2).mean()",
        "losses[~hidden].sum() / len(goal)",
    ],
)
def test_what_is_counted_is_what_is_summed_or_has_a_term_of_its_own(loss):
    assert slugs(PROGRAM.format(loss=loss)) == []
