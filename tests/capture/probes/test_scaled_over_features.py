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


TABLE = """
import numpy as np
from torch.utils.data import DataLoader, TensorDataset

rng = np.random.default_rng(4)
X = {table}
{scaled}
y = torch.randint(0, 3, (len(X),))
model = nn.Sequential(nn.Linear(X.shape[1], 6), nn.ReLU(), nn.Linear(6, 3))
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for x, target in DataLoader(TensorDataset(torch.tensor(X, dtype=torch.float32), y), 9, shuffle=True):
    loss = F.cross_entropy(model(x), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
KINDS = "np.stack([rng.normal(mean, mean / 9, 36) for mean in (1500.0, 3.0, 40.0, 0.6)], 1)"
BANDS = "rng.normal(5.0, 1.0, (36, 4))"
# Spectra of one substance, of which the scatter is taken out, bands in no order, and peaks on a flat base.
SPECTRA = "rng.uniform(0.8, 1.2, (36, 1)) * (np.exp(-np.linspace(-2, 2, 12) ** 2) + rng.normal(0, 1e-3, (36, 12)))"
REFLECTED = "rng.uniform(0.8, 1.2, (36, 1)) * (rng.permutation(np.arange(12)) + rng.normal(0, 1e-3, (36, 12)))"
PEAKS = "rng.uniform(0.5, 2.0, (36, 1)) * (5.0 * (np.arange(30) % 11 == 4) + rng.normal(0, 1e-3, (36, 30)))"
# The days of weeks in shops of several sizes.
WEEKS = "rng.uniform(5, 9, (36, 1)) * (np.array([100, 98, 97, 99, 130, 160, 5]) + rng.normal(0, 1, (36, 7)))"
BY_ROW = "X = (X - X.mean(axis={0}, keepdims=True)) / X.std(axis={0}, keepdims=True)"


@pytest.mark.parametrize(
    ("table", "scaled", "found"),
    [
        (KINDS, BY_ROW.format(1), True),
        (KINDS, BY_ROW.format(-1), True),
        (KINDS, "def rows(a):\n    return (a - a.mean(1, keepdims=True)) / a.std(1, keepdims=True)\nX = rows(X)", True),
        (KINDS.replace("0.6)", "0.6, 90.0, 0.02, 7.0)"), BY_ROW.format(1), True),
        *((table, BY_ROW.format(1), False) for table in (SPECTRA, REFLECTED, PEAKS, WEEKS)),
        (KINDS, BY_ROW.format(0), False),
        (KINDS, "X = (X - X.mean(0)) / X.std(0)", False),
        # Features of one kind, such as the bands of a pixel.
        (BANDS, BY_ROW.format(1), False),
        (KINDS, BY_ROW.format(0) + "\n" + BY_ROW.format(1), False),
    ],
)
def test_tables_are_scaled_feature_by_feature(table, scaled, found):
    assert slugs(TABLE.format(table=table, scaled=scaled), "") == (["scaled_over_features"] if found else [])


@pytest.mark.parametrize(("axis", "found"), [(1, True), (0, False)])
def test_windows_of_a_table(axis, found):
    windows = "\nX = np.stack([X[at : at + 7] for at in range(29)])"
    program = TABLE.format(table=KINDS, scaled=BY_ROW.format(axis) + windows)
    program = program.replace("nn.Sequential(nn.Linear(X.shape[1], 6), nn.ReLU(), nn.Linear(6, 3))", "nn.GRU(4, 3)")
    program = program.replace("model(x)", "model(x.transpose(0, 1))[0][-1]")
    assert slugs(program, "") == (["scaled_over_features"] if found else [])
