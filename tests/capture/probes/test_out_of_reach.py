"""Activations at the end of a model that keep its predictions away from their targets."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(5, 8), nn.Linear(8, 3)

    def forward(self, x):
        return {out}


model, criterion = Model(), {criterion}
xs = torch.randn(4, 12, 5)
batches = [(x, {target}) for x in xs]
"""
SCORES = "self.last(self.first(x).relu())"
ONE_HOT = "F.one_hot(x[:, :3].argmax(1), 3).float()"


def found(out, target, criterion="nn.MSELoss()"):
    return audited(PROGRAM.format(out=out, target=target, criterion=criterion))


@pytest.mark.parametrize(
    ("out", "target", "criterion"),
    [
        (f"{SCORES}.sigmoid()", "3 * x[:, :3]", "nn.MSELoss()"),
        (f"{SCORES}.relu()", "x[:, :3] - 1", "nn.L1Loss()"),
        (f"{SCORES}.tanh()", "2 * x[:, :3] + 1", "nn.SmoothL1Loss()"),
        (f"{SCORES}.softmax(1)", "x[:, :3].abs()", "nn.MSELoss(reduction='sum')"),
    ],
)
def test_the_activation_is_taken_out(out, target, criterion):
    ((slug, edits),) = found(out, target, criterion)
    assert slug == "targets_out_of_reach"
    assert [edit.strip() for edit in edits] == [f"return {SCORES}"]


def test_one_number_a_sample_that_adds_up_to_one_over_the_batch():
    assert "targets_out_of_reach" in [
        slug for slug, _ in found(f"{SCORES}[:, :1].softmax(0).squeeze(1)", "x[:, 0].sigmoid()")
    ]


def test_several_labels_a_sample_are_no_distribution():
    ((slug, edits),) = found(f"{SCORES}.softmax(1)", "(x[:, :3] > 0).float()", "nn.BCELoss()")
    assert (slug, edits) == ("targets_out_of_reach", [])


@pytest.mark.parametrize(
    ("out", "target", "criterion"),
    [
        (f"{SCORES}.sigmoid()", "x[:, :3].sigmoid()", "nn.MSELoss()"),
        (f"{SCORES}.sigmoid()", "(x[:, :3] > 0).float()", "nn.BCELoss()"),
        (f"3 * {SCORES}.tanh()", "2 * x[:, :3]", "nn.MSELoss()"),
        # Noise on top of what can be said is met by nobody, and is little.
        (f"{SCORES}.relu()", "x[:, :3].relu() + 0.1 * torch.randn(12, 3)", "nn.MSELoss()"),
        # Of a standardised series a tanh reaches all but the far ends.
        (f"{SCORES}.tanh()", "x[:, :3]", "nn.MSELoss()"),
        (f"{SCORES}.softmax(1)", ONE_HOT, "nn.MSELoss()"),
        (f"{SCORES}.softmax(1)", f"{ONE_HOT} * (x[:, 3:4] > 0)", "nn.MSELoss()"),
        # What another network says may have learned to fit.
        (f"{SCORES}.relu()", "x", "lambda out, x: F.mse_loss(out, model.last(model.first(x)).detach())"),
        # Labels that are missing have a sign of their own, and count for nothing.
        (
            f"{SCORES}.sigmoid()",
            "torch.where(x[:, :3] > 1, -9.0, 0.5)",
            "lambda out, y: (F.mse_loss(out, y, reduction='none') * (y >= 0)).mean()",
        ),
    ],
)
def test_what_fits_its_targets_is_left_alone(out, target, criterion):
    assert found(out, target, criterion) == []


LSTM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM({layer}, batch_first=True)

    def forward(self, x):
        return self.lstm(x)[0][:, -1]


model, criterion = Model(), nn.MSELoss()
batches = [(x, {target}) for x in torch.randn(3, 12, 6, 2)]
"""


@pytest.mark.parametrize(
    ("layer", "target", "is_wrong"),
    [
        ("2, 1", "3 * x.sum((1, 2))[:, None] + 5", True),
        ("2, 1", "x.mean((1, 2))[:, None]", False),
        ("2, 4, proj_size=1", "3 * x.sum((1, 2))[:, None] + 5", False),
    ],
)
def test_an_lstm_returns_no_more_than_one(layer, target, is_wrong):
    assert slugs(LSTM.format(layer=layer, target=target)) == ["targets_out_of_reach"] * is_wrong


@pytest.mark.parametrize(
    ("out", "target"),
    [
        # What is to be said is the mean of noisy targets, which lies inside.
        (f"{SCORES}.sigmoid()", "(x[:, :3] > 0).float() + 0.5 * torch.randn(12, 3)"),
        (f"{SCORES}.sigmoid()", "5 * (torch.rand(12, 3) < 0.2).float()"),
        # A few broken readings.
        (f"{SCORES}.relu()", "x[:, :3].abs() - 30 * (torch.arange(36).view(3, 12).T % 12 == 0)"),
    ],
)
def test_targets_that_lie_outside_now_and_then_are_no_fault(out, target):
    assert found(out, target, "nn.MSELoss()") == []
