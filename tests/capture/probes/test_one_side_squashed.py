"""Two models that are held against each other: both by their scores, or both by their probabilities."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 6)

    def forward(self, x):
        return self.linear(x)


model, teacher = Model(), Model().requires_grad_(False)
x = torch.randn(8, 3)
batches = [(x, x)] * 2


def criterion(scores, batch):
    wanted = {wanted}
    return {loss}
"""


@pytest.mark.parametrize(
    ("wanted", "loss"),
    [
        ("teacher(batch){}", "F.mse_loss(scores.softmax(dim=1), wanted)"),
        ("teacher(batch){}", "(wanted - (scores / 2).softmax(dim=1)).pow(2).sum(1).mean()"),
        ("teacher(batch){}.detach()", "(scores.softmax(dim=1) - wanted).abs().mean()"),
    ],
)
def test_both_are_probabilities(wanted, loss):
    found = audited(PROGRAM.format(wanted=wanted.format(""), loss=loss))
    right = wanted.format(".softmax(dim=1)")
    assert [(slug, line.strip()) for slug, (line,) in found] == [("one_side_squashed", f"wanted = {right}")]
    assert slugs(PROGRAM.format(wanted=right, loss=loss)) == []


@pytest.mark.parametrize(
    ("wanted", "loss"),
    [
        ("teacher(batch)", "F.mse_loss(scores, wanted)"),
        # Another layer may learn to say what the probabilities are.
        ("nn.functional.linear(batch, torch.eye(6)[:, :3])", "F.mse_loss(scores.softmax(dim=1), wanted)"),
    ],
)
def test_what_is_alike_on_both_sides_is_left(wanted, loss):
    assert "one_side_squashed" not in slugs(PROGRAM.format(wanted=wanted, loss=loss))
