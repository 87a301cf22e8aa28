"""Logarithms of weights and what they weigh, added up along their own axis and along others."""

from __future__ import annotations

import pytest
from programs import audited, slugs

MIXTURE = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.GRU(3, 8, batch_first=True), nn.Linear(8, 15)
        self.turns = nn.Parameter(torch.randn(5, 5))

    def forward(self, x):
        return self.out(self.rnn(x)[0]).chunk(3, dim=-1), self.turns


def criterion(out, target):
    (weights, means, spread), turns = out
    logs = -0.5 * ((target - means) / spread.exp()) ** 2 - spread
    {loss}


model = Model()
batches = [(torch.randn(4, 7, 3), torch.randn(4, 7, 1)) for _ in range(2)]
"""
WRONG = [
    "return -torch.logsumexp(weights.log_softmax(-1) + logs, dim=1).mean()",
    "return -(logs + F.log_softmax(weights, dim=2)).logsumexp(1).sum() / 28",
    "return (weights.log_softmax(2) + logs - 0.9).logsumexp(dim=-2).neg().mean(-1).mean()",
]
RIGHT = [
    "return -torch.logsumexp(weights.log_softmax(-1) + logs, dim=-1).mean()",
    "return -(weights.log_softmax(-1) + logs).logsumexp(2).mean()",
    "return -(weights.log_softmax(-1) + logs).logsumexp(1).logsumexp(-1).mean()",
    "return -torch.logsumexp(logs, dim=1).mean()",
    # Along the states of a chain each goes on to the next.
    "at = logs[:, 0]\n    for t in range(1, 7):\n"
    "        at = (at[:, :, None] + turns.log_softmax(-1)).logsumexp(1) + logs[:, t]\n"
    "    return -at.logsumexp(-1).mean()",
    "both = weights.mean(1).log_softmax(-1)[..., None] + turns.log_softmax(-1)\n"
    "    return -both.logsumexp(1).mean() + 0.1 * logs.mean()",
]


@pytest.mark.parametrize("loss", WRONG)
def test_components_are_averaged_and_steps_added_up(loss):
    assert slugs(MIXTURE.format(loss=loss)) == ["mixture_along_other_axis"]


@pytest.mark.parametrize("loss", RIGHT)
def test_components_are_added_up(loss):
    assert "mixture_along_other_axis" not in slugs(MIXTURE.format(loss=loss))


def test_the_axis_is_written():
    ((_, edits),) = audited(MIXTURE.format(loss=WRONG[0]))
    assert edits == [f"    {WRONG[0].replace('dim=1', 'dim=-1')}\n"]
