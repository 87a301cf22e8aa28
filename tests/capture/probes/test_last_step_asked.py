"""Forecasts that are asked for what they were given, beside targets that stand behind, or are meant so."""

from __future__ import annotations

import pytest
from programs import TRAIN, lines_told, slugs

PROGRAM = """
series = torch.randn(60, {features}).cumsum(0)
starts = {starts}


class Forecast(nn.Module):
    def __init__(self):
        super().__init__()
        self.walk, self.out = nn.GRU({features}, 8, batch_first=True), nn.Linear(8, {columns})

    def forward(self, x):
        x = {read}
        return {out}


model = Forecast()
windows = torch.stack([series[at : at + 7] for at in starts]){turned}
asked = {asked}
order = torch.randperm(len(starts))
batches = [(windows[part], asked[part]) for part in order.split(16)]
"""
DEFAULT = {
    "features": "3", "starts": "range(50)", "columns": "1", "read": "x", "turned": "",
    "out": "self.out(self.walk(x)[0][:, -1]).squeeze(-1)", "asked": "series[6:56, 0]",
}  # fmt: skip


def told(criterion="criterion = nn.MSELoss()", **parts):
    return slugs(PROGRAM.format(**DEFAULT | parts) + criterion)


BY_HAND = "def criterion(out, y):\n    return (out - y).{}.mean()\n"
ONE = {"features": "1", "out": "self.out(self.walk(x)[0][:, -1])", "asked": "windows[:, -1]"}
BOTH = {"columns": "2", "out": "self.out(self.walk(x)[0][:, -1])", "asked": "series[6:56, [2, 1]]"}


@pytest.mark.parametrize("parts", [{}, ONE, BOTH, {"criterion": BY_HAND.format("pow(2)")}])
def test_a_forecast_of_the_last_step_is_told(parts):
    assert told(**parts) == ["target_not_shifted"]


def test_a_table_of_windows_may_have_no_features():
    table = {"features": "1", "read": "x.unsqueeze(-1)", "turned": ".squeeze(-1)", "asked": "windows[:, -1]"}
    assert told(**table) == ["target_not_shifted"]
    assert told(**table | {"asked": "series[7:57, 0]"}) == []


@pytest.mark.parametrize(
    "parts",
    [
        # The step behind the window, and the rise to it.
        {"asked": "series[7:57, 0]"},
        {"asked": "series[7:57, 0] - series[6:56, 0]"},
        # The last step is cut off before the model reads it.
        {"read": "x[:, :-1]"},
        # Another sensor, which the model is not given, and what the window is to be cleaned of.
        {"read": "x[..., 1:].repeat(1, 1, 2)[..., :3]"},
        {"asked": "series[6:56].mean(1)"},
        # Sequences of their own, of which the last number is to be remembered.
        {"starts": "range(0, 49, 7)", "asked": "series[6:60:7, 0]"},
    ],
)
def test_other_targets_of_windows_are_left_alone(parts):
    assert told(**parts) == []


STEADY = """
def criterion(out, y):
    # A forecast of the next step that is not to jump.
    return F.mse_loss(out[:, 0], y[:, 0]) + 0.1 * F.mse_loss(out[:, 0], y[:, 1])
"""
UPWARD = """
def criterion(out, y):
    # A forecast of which only the direction is asked.
    return -((out[:, 0] - y[:, 1]).tanh() * (y[:, 0] - y[:, 1])).mean()
"""


@pytest.mark.parametrize("criterion", [STEADY, UPWARD])
def test_the_last_step_beside_the_next_one_is_left_alone(criterion):
    parts = {"out": "self.out(self.walk(x)[0][:, -1])", "asked": "torch.stack([series[7:57, 0], series[6:56, 0]], 1)"}
    assert told(criterion, **parts) == []


@pytest.mark.parametrize(
    "given", ["x + 0.3 * torch.randn_like(x)", "F.dropout(x, 0.5)", "x * (torch.rand(x.shape) > 0.3)"]
)
@pytest.mark.parametrize("parts", [{}, ONE])
def test_what_was_disturbed_on_its_way_to_the_model_is_not_there_to_be_copied(given, parts):
    program = PROGRAM.format(**DEFAULT | parts) + "criterion = nn.MSELoss()"
    assert slugs(program, TRAIN.replace("model(x)", f"model({given})")) == []
    assert slugs(program, TRAIN.replace("model(x)", "model(x.contiguous())")) == ["target_not_shifted"]


LISTED = """
import numpy as np

series = np.random.default_rng(0).normal(size=40).cumsum()


def windows_of(series, days):
    X, Y = [], []
    for at in range(len(series) - days):
        X.append(series[at : at + days])
        {filled}
    X, asked = np.array(X), {made}
    return torch.tensor(X, dtype=torch.float32).unsqueeze(-1), asked.unsqueeze(-1)


class Forecast(nn.Module):
    def __init__(self):
        super().__init__()
        self.walk, self.out = nn.GRU(1, 8, batch_first=True), nn.Linear(8, 1)

    def forward(self, x):
        return self.out(self.walk(x)[0][:, -1])


model, criterion = Forecast(), nn.MSELoss()
windows, asked = windows_of(series, 7)
batches = [(windows[part], asked[part]) for part in torch.randperm(len(asked)).split(11)]
"""
FILLED = "Y.append(series[at + days - 1])"


@pytest.mark.parametrize(
    "made", ["torch.tensor(np.array(Y), dtype=torch.float32)", "torch.from_numpy(np.asarray(Y)).float()"]
)
def test_it_is_told_where_the_targets_are_put_into_a_list(made):
    program = LISTED.format(filled=FILLED, made=made)
    assert lines_told(program) == [FILLED]
    assert slugs(program.replace("at + days - 1", "at + days")) == []


def test_a_list_that_is_written_at_once_is_told_too():
    made = "torch.tensor(Y, dtype=torch.float32)"
    program = LISTED.format(filled="pass", made=made).replace(
        "    X, asked =", "    Y = [window[-1] for window in X]\n    X, asked ="
    )
    assert lines_told(program) == ["Y = [window[-1] for window in X]"]


def test_where_two_lines_fill_a_list_neither_is_named():
    program = LISTED.format(filled=f"{FILLED} if at else Y.append(series[days - 1])", made="torch.tensor(Y).float()")
    assert slugs(program) == ["target_not_shifted"]
    assert lines_told(program) != [f"{FILLED} if at else Y.append(series[days - 1])"]


SLICED = """
import numpy as np

series = np.random.default_rng(0).normal(size=40).cumsum().astype(np.float32)
x = np.stack([series[at : at + 7] for at in range(30)])
y = np.stack([series[at + {behind}] for at in range(30)])
x, y = torch.from_numpy(x), torch.from_numpy(y)
model = nn.Sequential(nn.Linear(7, 6), nn.ReLU(), nn.Linear(6, 1), nn.Flatten(0))
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    loss = F.mse_loss(model(x[:20]), y[:20])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_the_first_rows_of_a_table_of_windows_are_read_as_they_are():
    program = SLICED.format(behind=6)
    assert slugs(program, "") == ["target_not_shifted"]
    assert lines_told(program, "") == ["y = np.stack([series[at + 6] for at in range(30)])"]
    assert slugs(SLICED.format(behind=7), "") == []


LOADED = """
import numpy as np
from torch.utils.data import DataLoader, TensorDataset

series = np.random.default_rng(0).normal(size=40).cumsum().astype(np.float32)
{made}
model = nn.Sequential(nn.Flatten(), nn.Linear(7, 6), nn.ReLU(), nn.Linear(6, 1))
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in DataLoader(TensorDataset(windows[:30], asked[:30]), batch_size=10, shuffle=True):
    loss = F.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
BY_NUMPY = """
x = np.stack([series[at : at + 7] for at in range(33)])
y = series[{cut}]
windows, asked = torch.from_numpy(x)[..., None], torch.from_numpy(y)[:, None]
"""
BY_TORCH = """
series = torch.from_numpy(series)
windows = series.unfold(0, 7, 1)[:-1].unsqueeze(-1)
asked = series[{cut}].unsqueeze(-1)
"""


@pytest.mark.parametrize(
    ("made", "line"), [(BY_NUMPY, "y = series[6:-1]"), (BY_TORCH, "asked = series[6:-1].unsqueeze(-1)")]
)
def test_targets_that_a_loader_picks_are_told_where_all_were_cut(made, line):
    program = LOADED.format(made=made.format(cut="6:-1"))
    assert slugs(program, "") == ["target_not_shifted"]
    assert lines_told(program, "") == [line]
    assert slugs(LOADED.format(made=made.format(cut="7:")), "") == []


def test_what_goes_through_fewer_numbers_is_rebuilt():
    whole = {"columns": "3", "asked": "windows[:, -1]"}
    assert told(**whole) == ["target_not_shifted"]
    narrow = PROGRAM.format(**DEFAULT | whole | {"out": "self.out(self.code(self.walk(x)[0][:, -1]))"})
    narrow = narrow.replace("nn.Linear(8, 3)", "nn.Linear(2, 3)\n        self.code = nn.Linear(8, 2)")
    assert slugs(narrow + "criterion = nn.MSELoss()") == []


def test_what_is_given_with_noise_is_asked_for_without():
    noisy = "x + 0.3 * torch.randn_like(x)"
    assert told(read=noisy) == []
