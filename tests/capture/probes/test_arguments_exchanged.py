"""Losses that are given the truth first and the prediction second, and those that are meant to be."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
model, slow = nn.Linear(6, 4), nn.Linear(6, 4)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
truth = nn.Parameter(torch.zeros(5, 4))
for _ in range(2):
    x, y = torch.randn(5, 6), (torch.rand(5, 4) > 0.5).float()
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
BINARY = "F.binary_cross_entropy_with_logits"


@pytest.mark.parametrize(
    ("loss", "mended"),
    [
        (f"{BINARY}(y, model(x))", f"{BINARY}(model(x), y)"),
        ("nn.BCEWithLogitsLoss()(y, model(x))", "nn.BCEWithLogitsLoss()(model(x), y)"),
        # Of the prediction it takes the shape alone.
        (f"{BINARY}(y[:1].expand_as(model(x)), model(x))", f"{BINARY}(model(x), y[:1].expand_as(model(x)))"),
        (
            f"{BINARY}(torch.ones_like(model(x)), model(x), reduction='sum')",
            f"{BINARY}(model(x), torch.ones_like(model(x)), reduction='sum')",
        ),
        ("F.cross_entropy(y, model(x))", "F.cross_entropy(model(x), y)"),
    ],
)
def test_the_truth_in_the_place_of_the_prediction(loss, mended):
    found = audited(PROGRAM.format(loss=loss), "")
    assert found == [("arguments_exchanged", [f"    loss = {mended}\n"])]


@pytest.mark.parametrize(
    "loss",
    [
        f"{BINARY}(model(x), y)",
        "F.mse_loss(y, model(x))",
        # What another model says may be the truth, or be held against it the other way round.
        f"{BINARY}(slow(x).detach(), model(x).sigmoid())",
        "F.kl_div(y.log_softmax(1), model(x).softmax(1), reduction='batchmean')",
        # What was expected beforehand, and the logarithms of labels.
        "F.cross_entropy(torch.tensor([0.4, 0.3, 0.2, 0.1]).log().expand(5, 4), model(x).softmax(1))",
        "F.binary_cross_entropy(torch.full((5, 4), 0.1), model(x).sigmoid())",
        "F.cross_entropy(y.clamp(min=1e-4).log(), model(x).softmax(1))",
        # The labels are learned, too.
        f"{BINARY}(model(x), truth.sigmoid())",
    ],
)
def test_the_prediction_first_and_two_models(loss):
    assert "arguments_exchanged" not in slugs(PROGRAM.format(loss=loss), "")
