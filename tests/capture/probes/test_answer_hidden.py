"""Masks that hide the labels of a loss, and masks that hide something else."""

from __future__ import annotations

import pytest
from programs import TRAIN, audited, slugs

PROGRAM = """
class Chooser(nn.Module):
    def __init__(self):
        super().__init__()
        self.scores = nn.Linear(6, 5)

    def forward(self, x, allowed):
        scores = self.scores(x)
        return {scores}


labels = torch.tensor([0, 3, 1, 4, 2, 0])
allowed = torch.rand(6, 5) > 0.6
allowed[torch.arange(6), labels] = {label}
model = Chooser()
criterion = {loss}
batches = [(x, labels) for x in torch.randn(2, 6, 6)]
"""
CALLED = TRAIN.replace("model(x)", "model(x, allowed)")
CROSS, LIKELY = "F.cross_entropy", "lambda out, y: F.nll_loss(out.log_softmax(1), y)"
PICKED = "lambda out, y: -out.log_softmax(-1).gather(-1, y.unsqueeze(1)).mean()"
WHERE = "torch.where({}, scores, -1e4)"


@pytest.mark.parametrize(
    ("scores", "loss", "mended"),
    [
        ("scores.masked_fill(allowed, -1e9)", CROSS, "scores.masked_fill(~allowed, -1e9)"),
        ("scores.masked_fill(allowed, -1e9)", LIKELY, "scores.masked_fill(~allowed, -1e9)"),
        (WHERE.format("~allowed"), PICKED, WHERE.format("~(~allowed)")),
    ],
)
def test_the_labels_are_hidden(scores, loss, mended):
    found = audited(PROGRAM.format(scores=scores, label=True, loss=loss), CALLED)
    assert found == [("answer_hidden", [f"        return {mended}\n"])]


@pytest.mark.parametrize(
    ("scores", "label", "loss"),
    [
        ("scores.masked_fill(~allowed, -1e9)", True, CROSS),
        (WHERE.format("allowed"), True, PICKED),
        # Whichever way round, some are hidden: that is the data's.
        ("scores.masked_fill(allowed, -1e9)", "labels > 1", CROSS),
        ("scores.masked_fill(allowed, -1.0)", True, CROSS),
    ],
)
def test_what_is_asked_for_is_left(scores, label, loss):
    assert "answer_hidden" not in slugs(PROGRAM.format(scores=scores, label=label, loss=loss), CALLED)
