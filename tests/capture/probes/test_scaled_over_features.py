"""Windows of raw numbers that are scaled by statistics of their own, along time and along the features."""

from __future__ import annotations

import pytest
from programs import audited, slugs

WINDOWS = """
class Scaler(nn.Module):
    def __init__(self, dim=-1):
        super().__init__()
        self.dim = dim

    def forward(self, x):
        {body}


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.scaler, self.lift = Scaler({dim}), nn.Linear(4, 4)
        self.rnn, self.linear = nn.{layer}(4, 6, batch_first=True), nn.Linear(6, 1)

    def forward(self, x):
        return self.linear(self.rnn({given})[0][:, -1])[:, 0]


offsets, spread = torch.tensor([640.0, 2388.0, 21.6, 8.4]), torch.tensor([4.0, 9.0, 0.3, 0.1])
model, criterion = Model(), nn.MSELoss()
batches = [({windows}, torch.randn(5)) for _ in range(3)]
"""
BY_DEVIATION = (
    "return (x - x.mean(self.dim, keepdim=True)) / (x.std(self.dim, keepdim=True) + 1e-5)",
    "x = x - x.mean(self.dim, True); return x / (x.pow(2).mean(self.dim, True) + 1e-6).sqrt()",
)
SENSORS = "offsets + spread * torch.randn(5, 7, 4)"


def program(body, dim="", *, layer="GRU", given="self.scaler(x)", windows=SENSORS):
    return WINDOWS.format(body=body, dim=dim, layer=layer, given=given, windows=windows)


@pytest.mark.parametrize("body", BY_DEVIATION)
@pytest.mark.parametrize("layer", ["GRU", "LSTM"])
def test_sensors_that_are_scaled_together_at_each_step(body, layer):
    assert slugs(program(body, layer=layer)) == ["scaled_over_features"]
    assert slugs(program(body, "1", layer=layer)) == []


@pytest.mark.parametrize(
    ("given", "windows"),
    [
        # Bands of one kind change by as much as they differ.
        ("self.scaler(x)", "offsets[:, None].T / 2000 + torch.randn(5, 7, 4)"),
        ("self.scaler(x)", "torch.rand(5, 7, 4) * 640"),
        # Bands of one size do so with their gain, and others rise smoothly along their axis.
        (
            "self.scaler(x)",
            "torch.tensor([0.9, 1.6, 0.7, 1.2]) * (1 + torch.rand(5, 7, 1)) + torch.rand(5, 7, 1)",
        ),
        ("self.scaler(x)", "torch.tensor([1.0, 30.0, 60.0, 90.0]) * (1 + 0.01 * torch.rand(5, 7, 4))"),
        # What a layer made of them may change as it likes.
        ("self.scaler(self.lift(x))", SENSORS),
        # Each feature was brought to its own scale before.
        ("self.scaler(x)", "(offsets + spread * torch.randn(5, 7, 4) - offsets) / spread"),
    ],
)
def test_features_that_may_be_scaled_together(given, windows):
    assert slugs(program(BY_DEVIATION[0], given=given, windows=windows)) == []


def test_the_axis_is_changed_where_it_stands_in_the_call():
    body = "a = x.mean(-1, keepdim=True)\n        s = x.std(-1, keepdim=True)\n        return (x - a) / s"
    ((_, edits),) = audited(program(body))
    assert edits == ["        a = x.mean(1, keepdim=True)\n", "        s = x.std(1, keepdim=True)\n"]
