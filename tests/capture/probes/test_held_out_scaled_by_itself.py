"""Parts of one table that are trained on and measured, scaled by one scale or each by its own."""

from __future__ import annotations

import pytest
from programs import audited, lines_told, slugs

PROGRAM = """
class Scaler:
    def fit_transform(self, x):
        self.level, self.spread = x.mean(0), x.std(0) + 1e-8
        return self.transform(x)

    def transform(self, x):
        return (x - self.level) / self.spread


def scaled(x):
    return (x - x.mean(0)) / x.std(0)


def each_row(x):
    return (x - x.mean(1, keepdim=True)) / x.std(1, keepdim=True)


def cut(x, size=5):
    found = x.unfold(0, size + 1, 1)
    return found[:, :, :-1].transpose(1, 2), found[:, 0, -1]


series = torch.randn(60, 3).add(0.2).cumsum(0)
train, valid = series[:40], series[40:]
scaler = Scaler()
{scale}


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.head = nn.GRU(3, 6, batch_first=True), nn.Linear(6, 1)

    def forward(self, x):
        {first}
        return self.head(self.rnn(x)[0][:, -1]).squeeze(-1)


model = Model()
optimizer = torch.optim.Adam(model.parameters(), 0.01)
(x, y), (seen, asked) = cut(train), cut(valid)
for rows in torch.arange(len(x)).split(12)[:2]:
    loss = F.mse_loss(model(x[rows]), y[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    print(F.mse_loss(model(seen), asked).item())
"""
FITTED = "train = scaler.fit_transform(train)\nvalid = scaler.{method}(valid)"
IN_A_FUNCTION = "train, valid = scaled(train), scaled(valid)"
BY_HAND = (
    "train = (train - train.mean(dim=0)) / train.std(dim=0)\nlevel, spread = valid.mean(0), valid.std(0)\n"
    "valid = (valid - level) / spread"
)
BETWEEN = (
    "train, valid = series.split([40, 20])\n"
    "train = (train - train.amin(0)) / (train.amax(0) - train.amin(0))\n"
    "valid = (valid - valid.amin(0)) / (valid.amax(0) - valid.amin(0))"
)


def program(scale, first="pass"):
    return PROGRAM.format(scale=scale, first=first)


def test_the_scaler_is_fitted_once_more():
    found = audited(program(FITTED.format(method="fit_transform")), "")
    assert found == [("held_out_scaled_by_itself", ["valid = scaler.transform(valid)\n"])]


@pytest.mark.parametrize(
    ("scale", "line"),
    [
        (IN_A_FUNCTION.replace(", scaled", ", \\\n    scaled"), "scaled(valid)"),
        (BY_HAND, "level, spread = valid.mean(0), valid.std(0)"),
        (BETWEEN, BETWEEN.splitlines()[-1]),
    ],
)
def test_both_parts_are_scaled_by_themselves(scale, line):
    program_of_it = program(scale)
    assert slugs(program_of_it, "") == ["held_out_scaled_by_itself"]
    assert lines_told(program_of_it, "") == [line]


@pytest.mark.parametrize(
    ("scale", "first"),
    [
        (FITTED.format(method="transform"), "pass"),
        # Other data altogether.
        ("valid = torch.randn(20, 3)\n" + IN_A_FUNCTION, "pass"),
        # Each row by itself, or each of several subjects.
        (IN_A_FUNCTION.replace("scaled(", "each_row("), "pass"),
        ("train, valid = (scaled(one) for one in series.reshape(2, 30, 3))", "pass"),
        ("both = series.reshape(2, 30, 3)\ntrain, valid = scaled(both[0]), scaled(both[1])", "pass"),
        # Two series that were put together, or rows that a mask tells apart.
        ("train, valid = torch.cat([train, 3 * valid]).split([40, 20])\n" + IN_A_FUNCTION, "pass"),
        ("late = torch.arange(60) >= 40\ntrain, valid = series[~late], series[late]\n" + IN_A_FUNCTION, "pass"),
        # What was scaled as a whole, or each window by itself.
        ("train, valid = scaled(series).split([40, 20])", "pass"),
        ("pass", "x = (x - x.mean(1, keepdim=True)) / (x.std(1, keepdim=True) + 1e-5)"),
    ],
)
def test_one_scale_for_all(scale, first):
    assert "held_out_scaled_by_itself" not in slugs(program(scale, first), "")
