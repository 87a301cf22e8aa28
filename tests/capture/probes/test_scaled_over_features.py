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


# Places of one kind, in a smooth order: each keeps to its own level, wherever in the sequence.
PLACES = "torch.tensor([1.0, 2.0, 3.0, 4.0]) * 9 + 0.8 * torch.randn(5, 7, 4)"


@pytest.mark.parametrize("windows", [SENSORS, PLACES])
def test_steps_that_are_scaled_by_the_features_of_all_samples(windows):
    body = "return (x - x.mean({0}, True)) / (x.std({0}, keepdim=True) + 1e-5)"
    assert slugs(program(body.format("(0, 2)"), windows=windows)) == ["scaled_over_features"]
    assert slugs(program(body.format("(0, 1)"), windows=windows)) == []
    # Of one step alone places may be rid of their level, and gains of all together.
    assert slugs(program(body.format(-1), windows=PLACES)) == []


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


ITEMS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.lift = nn.BatchNorm1d({count}), nn.Linear({width}, {width})
        self.each, self.rnn = nn.Linear({width}, 8), nn.GRU({width}, 8, batch_first=True)
        self.slide, self.out = nn.Conv1d(6, 8, 3), nn.Linear(8, 1)

    def forward(self, x):
        x = {normed}
        x = {read}
        return self.out(x)[:, 0]


offsets, spread = torch.tensor([1.0, 40.0, 0.01, 300.0, 2.0]), torch.tensor([0.7, 25.0, 0.02, 90.0, 3.0])
model, criterion = Model(), nn.MSELoss()
batches = [({given}, torch.randn(12)) for _ in range(3)]
"""
KINDS, POOLED = "offsets + spread * torch.randn(12, 6, 5)", "F.relu(self.each(x)).mean(dim=1)"
BY_ITEM = "self.norm(x)"
TURNED = "self.norm(x.transpose(1, 2)).transpose(1, 2)"


def of_items(count=6, normed=BY_ITEM, read=POOLED, given=KINDS, width=5):
    return ITEMS.format(count=count, normed=normed, read=read, given=given, width=width)


@pytest.mark.parametrize(
    ("read", "given"),
    [
        (POOLED, KINDS),
        (POOLED, "spread * torch.randn(12, 6, 5)"),
        ("self.each(x).amax(1)", KINDS),
        ("F.relu(self.each(F.dropout(x, 0.1))).sum(1)", KINDS),
        # The items may be steps, too.
        ("self.rnn(x)[0][:, -1]", KINDS),
    ],
)
def test_a_norm_that_counts_the_items_and_not_their_features(read, given):
    ((slug, edits),) = audited(of_items(read=read, given=given))
    assert slug == "scaled_over_features"
    assert "nn.BatchNorm1d(5)" in edits[0]
    assert edits[1].strip() == f"x = {TURNED}"
    assert slugs(of_items(5, TURNED, read, given)) == []


LEVELS = "torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0]) * 9 + 0.8 * torch.randn(12, 6, 5)"
WALKED_ALONG = "self.rnn(x)[0][:, -1]"


@pytest.mark.parametrize(
    ("normed", "read"),
    [
        (BY_ITEM, WALKED_ALONG),
        (BY_ITEM, "self.rnn(F.relu(self.lift(x)))[0][:, -1]"),
        (BY_ITEM, "F.conv1d(x.transpose(1, 2), torch.ones(8, 5, 3)).mean(-1) + self.rnn(x)[0][:, -1]"),
    ],
)
def test_a_norm_of_steps_that_leaves_places_at_their_levels(normed, read):
    assert slugs(of_items(normed=normed, read=read, given=LEVELS)) == ["scaled_over_features"]
    # Without such levels, and where no layer walks along the items.
    assert slugs(of_items(normed=normed, read=read, given="torch.randn(12, 6, 5)")) == []
    assert slugs(of_items(normed=normed, read=POOLED, given=LEVELS)) == []


def test_a_norm_of_each_step_by_itself():
    body = {"normed": "F.instance_norm(x)", "read": WALKED_ALONG}
    assert slugs(of_items(**body)) == ["scaled_over_features"]
    assert slugs(of_items(**body, given=LEVELS)) == []
    assert slugs(of_items(normed="F.instance_norm(x.mT).mT", read=WALKED_ALONG)) == []


def test_of_many_steps_each_feature_says_as_much_as_the_largest():
    # In the largest feature alone the few samples of a step differ from those of another one by chance.
    given = "offsets * (1 + torch.randn(7, 31, 5))"
    wrong, right = (
        of_items(count, normed, "self.rnn(x)[0][:, -1]", given).replace("randn(12)", "randn(7)")
        for count, normed in ((31, BY_ITEM), (5, TURNED))
    )
    assert slugs(wrong) == ["scaled_over_features"]
    assert slugs(right) == []


@pytest.mark.parametrize(
    "changes",
    [
        # Features of one kind, those of a spectrum, and those that were brought to one scale.
        {"given": "torch.randn(12, 6, 5)"},
        {"given": "torch.logspace(0, 2, 5) * (5 + torch.randn(12, 6, 5))"},
        {"given": "(offsets + spread * torch.randn(12, 6, 5) - offsets) / spread"},
        # Sensors with a gain of their own, of which the last axis counts readings.
        {"given": "torch.tensor([1.0, 40.0, 0.01, 300.0, 2.0, 8.0])[:, None] * torch.randn(12, 6, 5)"},
        {"given": "(offsets + spread * torch.randn(12, 6, 5)) * torch.tensor([1.0, 9, 3, 1, 5, 2])[:, None]"},
        # Two spectra of lines for each sample.
        {
            "given": "torch.rand(20, generator=torch.manual_seed(1)).pow(4) * (9 + torch.randn(12, 6, 20))",
            "width": 20,
        },
        # A convolution that slides along the last axis has the items for its channels.
        {"read": "self.slide(x).mean(-1)"},
        # What a layer made of them, and a norm of each item by itself.
        {"normed": "self.norm(self.lift(x))"},
        {"normed": "F.layer_norm(x, (5,))"},
    ],
)
def test_items_that_may_have_statistics_of_their_own(changes):
    assert slugs(of_items(**changes)) == []


SERIES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.slide, self.linear = nn.GRU(4, 6, batch_first=True), nn.Conv1d(4, 6, 3), nn.Linear(6, 4)

    def forward(self, x):
        return self.linear({read})


def scaled(series):
    {scale}


steps = torch.arange(150.0)[:, None]
offsets, spread = torch.tensor([900.0, 20.0, 0.5, 60.0]), torch.tensor([4.0, 3.0, 0.1, 10.0])
series = scaled({series})
x, y = {windows}
model, criterion = Model(), nn.MSELoss()
batches = [(x[at], y[at]) for at in torch.randperm(len(x))[:60].split(20)]
"""
READINGS = "offsets + spread * torch.sin(steps / torch.tensor([5.0, 7.0, 9.0, 6.0])) + 0.05 * torch.randn(150, 4)"
PIECES = "torch.stack([series[i : i + 12] for i in range(130)]), torch.stack([series[i + 12] for i in range(130)])"
UNFOLDED = "series.unfold(0, 12, 1).transpose(1, 2)[:-1], series[12:]"
OF_STEPS = (
    "mean, std = series.mean({axis}, keepdim=True), series.std({axis}, keepdim=True)\nreturn (series - mean) / std"
)
IN_PLACE = (
    "series -= series.mean(dim={axis}, keepdim=True)\nseries /= series.std(dim={axis}, keepdim=True)\nreturn series"
)
WALKED, SLID = "self.rnn(x)[0][:, -1]", "self.slide(x.transpose(1, 2)).mean(2)"


def of_series(scale=OF_STEPS, axis=1, *, series=READINGS, windows=PIECES, read=WALKED):
    scale = scale.format(axis=axis).replace("\n", "\n    ")
    return SERIES.format(scale=scale, series=series, windows=windows, read=read)


@pytest.mark.parametrize("scale", [OF_STEPS, IN_PLACE])
@pytest.mark.parametrize("windows", [PIECES, UNFOLDED])
@pytest.mark.parametrize("read", [WALKED, SLID])
def test_a_series_that_is_scaled_over_its_features_before_windows_are_cut_of_it(scale, windows, read):
    assert slugs(of_series(scale, windows=windows, read=read)) == ["scaled_over_features"]
    assert slugs(of_series(scale, 0, windows=windows, read=read)) == []


@pytest.mark.parametrize(
    "changes",
    [
        # Prices of one kind, against those of the same day, and bands that rise smoothly.
        {"series": "100 * (0.01 * torch.randn(150, 4)).cumsum(0).exp()"},
        {"series": "torch.tensor([1.0, 30.0, 60.0, 90.0]) * (1 + 0.01 * torch.rand(150, 4))"},
        # What was brought to one scale before, and what moves as much as it differs.
        {"series": f"({READINGS} - offsets) / spread"},
        {"series": "offsets * torch.randn(150, 4)"},
        # Only what all have in common at a step is taken off.
        {"scale": "return series / 900 - series.mean(1, keepdim=True) / 900"},
    ],
)
def test_a_series_that_may_be_scaled_at_each_step(changes):
    assert slugs(of_series(**changes)) == []
