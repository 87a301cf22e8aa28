"""Statistics that are taken off what a model reads, and given back to what it returns: of each sample, or of all."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.out = nn.Linear(6, 9), nn.Linear(9, 6)

    def net(self, z):
        z = z.transpose(1, 2)
        return self.out(self.hidden(z).relu()).transpose(1, 2)

    def forward(self, x):
        {body}


model, criterion = Forecaster(), nn.MSELoss()
data = torch.utils.data.TensorDataset(torch.randn(12, 6, 3) + 4, torch.randn(12, 6, 3))
batches = torch.utils.data.DataLoader(data, 4, shuffle=True)
"""
OF_ALL = [
    """mean, std = x.mean(0, keepdim=True), x.std(0, keepdim=True) + 1e-5
        return self.net((x - mean) / std) * std + mean""",
    """var, mean = torch.var_mean(x, dim=0, keepdim=True)
        out = self.net((x - mean) * torch.rsqrt(var + 1e-5))
        return out * torch.sqrt(var + 1e-5) + mean""",
    """low, high = x.amin(dim=0, keepdim=True), x.amax(dim=0, keepdim=True)
        width = (high - low).clamp(min=1e-6)
        return self.net((x - low) / width) * width + low""",
    """low, high = x.min(0)[0], x.max(0)[0]
        return self.net((x - low) / (high - low)) * (high - low) + low""",
    """mean = x.mean(0).detach()
        x = x - mean
        std = torch.sqrt(torch.var(x, dim=0, unbiased=False) + 1e-5)
        x /= std
        return self.net(x) * std + mean""",
    """level = x.mean(0, keepdim=True)
        return self.net(x - level) + level""",
    """scale = x.abs().mean(axis=0, keepdim=True)
        return self.net(x / scale) * scale""",
    """mean = x.mean(0, keepdim=True).detach()
        std = x.std(0, keepdim=True).detach()
        out = self.net((x - mean) / std)
        out = out * std[:, 0, :].unsqueeze(1).repeat(1, 6, 1)
        return out + mean[:, 0, :].unsqueeze(1).repeat(1, 6, 1)""",
]
RIGHT = [
    # Of each sample.
    OF_ALL[0].replace("(0,", "(1,"),
    OF_ALL[2].replace("dim=0", "dim=1"),
    # A norm over the batch.
    "return self.net((x - x.mean(0, keepdim=True)) / x.std(0, keepdim=True))",
    "return self.net((x - x.mean((0, 1))) / x.std((0, 1)))",
    # One number for each feature of the whole batch, there and back.
    """mean, std = x.mean((0, 1), keepdim=True), x.std((0, 1), keepdim=True)
        return self.net((x - mean) / std) * std + mean""",
    # How much the samples differ, as a feature.
    "return self.net(x + x.std(0, keepdim=True))",
    """mean = x.mean(0, keepdim=True)
        with torch.no_grad():
            self.running = 0.9 * getattr(self, "running", torch.zeros(1, 6, 3)) + 0.1 * mean
        return self.net(x - mean) + self.running""",
    # What is learned is whitened.
    """z = self.net(x)
        mean, std = z.mean(0, keepdim=True), z.std(0, keepdim=True)
        return (z - mean) / std""",
    # The last step of the day, for the samples of a day.
    """mean = x.mean(0, keepdim=True)
        return self.net(x - mean) + mean[:, -1:]""",
]


@pytest.mark.parametrize("body", OF_ALL)
def test_every_sample_gets_back_what_is_of_all(body):
    assert slugs(PROGRAM.replace("{body}", body)) == ["reduced_along_batch"]


@pytest.mark.parametrize("body", RIGHT)
def test_other_statistics_are_meant(body):
    assert slugs(PROGRAM.replace("{body}", body)) == []


def test_all_statistics_are_changed_together():
    ((_, edits),) = audited(PROGRAM.replace("{body}", OF_ALL[1]))
    assert edits == ["        var, mean = torch.var_mean(x, dim=1, keepdim=True)\n"]
    ((_, edits),) = audited(PROGRAM.replace("{body}", OF_ALL[2]))
    assert edits == ["        low, high = x.amin(dim=1, keepdim=True), x.amax(dim=1, keepdim=True)\n"]


MODULE = """
class Scaler(nn.Module):
    def forward(self, x, mode):
        if mode == "in":
            self.mean, self.std = x.mean({axis}, keepdim=True), x.std({axis}, keepdim=True)
            return (x - self.mean) / self.std
        return x * self.std + self.mean


class Walker(nn.Module):
    def __init__(self):
        super().__init__()
        self.scaler, self.gru, self.out = Scaler(), nn.GRU(3, 8, batch_first=True), nn.Linear(8, 3)

    def forward(self, x):
        return self.scaler(self.out(self.gru(self.scaler(x, "in"))[0]), "out")


model, criterion = Walker(), nn.L1Loss()
{batches}
"""
CUT = "batches = ((z[:, :6], z[:, 6:]) for z in (torch.randn(4, 12, 3) for _ in range(4)))"
FROM_THE_END = "batches = [(z[:, :-6].clone(), z[:, -6:]) for z in torch.randn(4, 5, 12, 3)]"
APART = "batches = ((torch.randn(4, 6, 3), torch.randn(4, 6, 3)) for _ in range(4))"


@pytest.mark.parametrize("batches", [CUT, FROM_THE_END])
@pytest.mark.parametrize(("axis", "found"), [(0, ["reduced_along_batch"]), (1, [])])
def test_what_is_asked_for_comes_behind_what_was_read(axis, found, batches):
    program = MODULE.replace("{axis}", str(axis)).replace("{batches}", batches)
    assert slugs(program) == found


HELPERS = """
def scaled(x):
    mean, std = x.mean(dim={axis}, keepdim=True), x.std(dim={axis}, keepdim=True)
    return (x - mean) / std, (mean, std)


def back(y, kept):
    return y * kept[1] + kept[0]


net = nn.Sequential(nn.Conv1d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv1d(8, 3, 3, padding=1))
optimizer = torch.optim.SGD(net.parameters(), 0.01)
for _ in range(4):
    x, y = {pair}
    z, kept = scaled(x)
    loss = F.mse_loss(back(net(z), kept), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
SPLIT = "torch.randn(4, 3, 14).split(7, -1)"


def test_functions_beside_a_model():
    ((slug, edits),) = audited(HELPERS.replace("{axis}", "0").replace("{pair}", SPLIT), "")
    assert slug == "reduced_along_batch"
    assert edits == ["    mean, std = x.mean(dim=2, keepdim=True), x.std(dim=2, keepdim=True)\n"]
    assert slugs(HELPERS.replace("{axis}", "2").replace("{pair}", SPLIT), "") == []
    # Nothing says that the rows are samples, and not places that are measured together.
    assert slugs(HELPERS.replace("{axis}", "0").replace("{pair}", "torch.randn(2, 4, 3, 7)"), "") == []


def test_time_in_front():
    program = MODULE.replace("batch_first=True", "").replace("{axis}", "0")
    assert slugs(program.replace("{batches}", APART)) == []
