"""Activations that keep scores from being negative in front of a loss of scores, and where they are features."""

from __future__ import annotations

import pytest
from programs import audited, slugs

HIDDEN = "first, last = nn.Linear(7, 6), nn.Linear(6, 5)\nmodel = nn.ModuleList([first, last])\n"
CLASSES = "batches = [(torch.randn(8, 7), torch.randint(0, 5, (8,))) for _ in range(2)]\n"
EACH = "batches = [(torch.randn(8, 7), torch.rand(8, 5).round()) for _ in range(2)]\n"
TRAIN = """
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in batches:
    h = first(x).relu()
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("batches", "loss"),
    [
        (CLASSES, "F.cross_entropy(last(h).relu(), y)"),
        (CLASSES, "F.nll_loss(torch.relu(last(h)).log_softmax(-1), y)"),
        (CLASSES, "F.cross_entropy(F.relu6(last(h)).unsqueeze(2), y[:, None])"),
        (EACH, "F.binary_cross_entropy_with_logits(F.softplus(last(h)), y)"),
        (EACH, "F.binary_cross_entropy_with_logits(last(h).clamp(min=-9).abs(), y) + last(h).relu().mean()"),
    ],
)
def test_scores_that_are_never_negative(batches, loss):
    found = slugs(HIDDEN + batches, TRAIN.format(loss=loss))
    assert found == ([] if "clamp" in loss else ["scores_cut_at_zero"])


@pytest.mark.parametrize(
    ("batches", "loss"),
    [
        (CLASSES, "F.cross_entropy(last(h), y)"),
        # What is far apart is unlikely.
        (CLASSES, "F.cross_entropy(-last(h).relu(), y)"),
        # A pool over places counts how much of each class was seen.
        (CLASSES, "F.cross_entropy(last(h[:, None] + torch.ones(3, 1)).relu().mean(1), y)"),
        # Any distribution over classes has scores above zero.
        (CLASSES, "F.cross_entropy(F.softplus(last(h)), y)"),
        # Features that another layer reads as well.
        (CLASSES, "F.cross_entropy(h[:, :5] * 2 + last(h), y) + F.cross_entropy(h, y)"),
        # What a row counts is no score.
        (EACH, "F.mse_loss(last(h).relu(), y)"),
    ],
)
def test_what_may_well_be_above_zero(batches, loss):
    assert slugs(HIDDEN + batches, TRAIN.format(loss=loss)) == []


def test_the_edit_takes_it_out():
    found = audited(HIDDEN + CLASSES, TRAIN.format(loss="F.cross_entropy(F.relu(last(h)), y)"))
    assert found == [("scores_cut_at_zero", ["    loss = F.cross_entropy(last(h), y)\n"])]
