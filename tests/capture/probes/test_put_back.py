"""Statistics that are taken off windows and put on what was forecast of them: of each window, or of the whole batch."""

from __future__ import annotations

import pytest
from programs import audited, slugs

FORECAST = """
from torch.utils.data import DataLoader, Dataset, TensorDataset

series = torch.cumsum(torch.randn(90, 3), 0)


class Windows(Dataset):
    def __len__(self):
        return 70

    def __getitem__(self, at):
        return series[at : at + 8], series[at + 8 : at + 16]


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.steps, self.mix = nn.Linear(8, 8), nn.Linear(3, 3)
        self.rnn, self.out = nn.GRU(3, 6, batch_first=True), nn.Linear(6, 24)
        self.gain = nn.Parameter(torch.ones(3))

    def core(self, z):
        return {core}

    def forward(self, x):
        {forward}


model, criterion = Model(), nn.MSELoss()
cut = series.unfold(0, 16, 2).transpose(1, 2)
batches = {batches}
"""
CORES = [
    "self.mix(self.steps(z.transpose(1, 2)).transpose(1, 2))",
    "self.out(self.rnn(z)[0][:, -1]).view(-1, 8, 3)",
]
BATCHES = [
    "DataLoader(Windows(), batch_size=6, shuffle=True)",
    "DataLoader(TensorDataset(cut[:, :8], cut[:, 8:]), batch_size=6, shuffle=True)",
]
FORWARDS = [
    (
        "mu, scale = x.mean(0, keepdim=True), x.std(0, keepdim=True) + 0.1\n"
        "        return self.core((x - mu) / scale) * scale + mu",
        ["mu, scale = x.mean(1, keepdim=True), x.std(1, keepdim=True) + 0.1"],
    ),
    (
        "mu = x.mean(dim=0).detach()\n"
        "        scale = torch.sqrt(x.var(dim=0, unbiased=False) + 0.1).detach()\n"
        "        return self.core((x - mu) / scale * self.gain) / self.gain * scale + mu",
        [
            "mu = x.mean(dim=1, keepdim=True).detach()",
            "scale = torch.sqrt(x.var(dim=1, unbiased=False, keepdim=True) + 0.1).detach()",
        ],
    ),
    (
        "low, high = x.amin(0), x.amax(0)\n        return self.core((x - low) / (high - low)) * (high - low) + low",
        ["low, high = x.amin(1, keepdim=True), x.amax(1, keepdim=True)"],
    ),
    (
        "var, mu = torch.var_mean(x, 0, keepdim=True)\n"
        "        return self.core(x.sub(mu).div(var.sqrt() + 0.1)).mul(var.sqrt() + 0.1).add(mu)",
        ["var, mu = torch.var_mean(x, 1, keepdim=True)"],
    ),
]


@pytest.mark.parametrize("batches", BATCHES)
@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize(("forward", "edits"), FORWARDS)
def test_statistics_of_the_batch(forward, edits, core, batches):
    ((slug, found),) = audited(FORECAST.format(core=core, forward=forward, batches=batches))
    assert slug == "reduced_along_batch"
    assert [edit.strip() for edit in found] == edits


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize(
    "forward",
    [
        "mu, scale = x.mean(1, keepdim=True), x.std(1, keepdim=True) + 0.1\n"
        "        return self.core((x - mu) / scale) * scale + mu",
        # The model has a scale and a shift of its own behind it, or the whole batch has one level.
        "mu, scale = x.mean(0), x.std(0) + 0.1\n        return self.core((x - mu) / scale * self.gain)",
        "z = self.core(x)\n        return (z - z.mean(0)) / (z.std(0) + 0.1) * self.gain",
        "mu, scale = x.mean((0, 1)), x.std((0, 1)) + 0.1\n        return self.core((x - mu) / scale) * scale + mu",
    ],
)
def test_other_statistics(forward, core):
    assert slugs(FORECAST.format(core=core, forward=forward, batches=BATCHES[0])) == []


@pytest.mark.parametrize(("axis", "found"), [(0, ["reduced_along_batch"]), (2, [])])
def test_channels_in_front_of_time(axis, found):
    program = f"""
    from torch.utils.data import DataLoader, TensorDataset

    class Model(nn.Sequential):
        def forward(self, x):
            mu, scale = x.mean({axis}, keepdim=True), x.std({axis}, keepdim=True) + 0.1
            return super().forward((x - mu) / scale) * scale + mu

    model, criterion = Model(nn.Conv1d(3, 5, 3, padding=1), nn.ReLU(), nn.Conv1d(5, 3, 1)), nn.L1Loss()
    data = TensorDataset(torch.randn(30, 3, 8) + torch.randn(30, 3, 1), torch.randn(30, 3, 8))
    batches = DataLoader(data, batch_size=6, shuffle=True)
    """
    assert [(slug, "x.mean(2, keepdim=True)" in edits[0]) for slug, edits in audited(program)] == [
        (slug, True) for slug in found
    ]


@pytest.mark.parametrize(
    ("layer", "target"),
    [
        # A level for each sensor, and nothing that takes the sensors for steps.
        ("nn.Linear(4, 4)", "torch.randn(30, 8, 4)"),
        # What is asked for is what was read.
        ("nn.Sequential(nn.Flatten(), nn.Linear(32, 32), nn.Unflatten(1, (8, 4)))", "x"),
    ],
)
def test_what_all_rows_have_in_common(layer, target):
    program = f"""
    from torch.utils.data import DataLoader, TensorDataset

    class Model(nn.Sequential):
        def forward(self, x):
            mu, scale = x.mean(0), x.std(0) + 0.1
            return super().forward((x - mu) / scale) * scale + mu

    model, criterion = Model({layer}), nn.MSELoss()
    x = torch.randn(30, 8, 4)
    batches = DataLoader(TensorDataset(x, {target}), batch_size=6, shuffle=True)
    """
    assert slugs(program) == []


@pytest.mark.parametrize(("axis", "found"), [(0, ["reduced_along_batch"]), (1, [])])
def test_windows_of_one_number_a_step(axis, found):
    program = f"""
    series = torch.cumsum(torch.randn(90), 0)

    class Model(nn.Linear):
        def forward(self, x):
            mu = x.mean({axis}, keepdim=True)
            return super().forward(x - mu) + mu

    model, criterion = Model(8, 8), nn.MSELoss()
    starts = torch.randint(0, 70, (3, 6)).tolist()
    batches = [
        (torch.stack([series[at : at + 8] for at in row]), torch.stack([series[at + 8 : at + 16] for at in row]))
        for row in starts
    ]
    """
    assert slugs(program) == found
