"""Windows that are standardised with the steps that are to be told among them, and such as are not."""

from __future__ import annotations

import pytest
from programs import slugs

KIND = "horizon_in_statistics"
PROGRAM = """
class Model(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.rnn, self.head = nn.GRU(width, 6, batch_first=True), nn.Linear(6, 5)

    def forward(self, x):
        return self.head(self.rnn(x)[1][-1])

series = {series}
windows = series.unfold(0, 25, 6)
windows = windows.unsqueeze(2) if windows.ndim == 2 else windows.transpose(1, 2)
{scaled}
given, asked = windows[:, :20], windows[:, 20:, -1]
model = Model(given.shape[2])
optimizer = torch.optim.SGD(model.parameters(), 0.01)
{loop}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
WALK, WALKS = "torch.randn(600).cumsum(0)", "torch.randn(600, 3).cumsum(0)"
WHOLE = "windows = (windows - windows.mean(1, keepdim=True)) / windows.std(1, keepdim=True)"
BY_VARIANCE = """
level, spread = windows.mean(1, keepdim=True), windows.var(1, unbiased=False, keepdim=True)
windows = ((windows - level) / torch.sqrt(spread + 1e-5)).clamp(-4, 4)
"""
PICKED = """
for rows in torch.randperm(len(given)).split(16):
    loss = F.mse_loss(model(given[rows]), asked[rows])"""
LOADED = """
from torch.utils.data import DataLoader, TensorDataset
for x, y in DataLoader(TensorDataset(given, asked), batch_size=16, shuffle=True):
    loss = F.mse_loss(model(x), y)"""


def program(series, scaled, loop=LOADED):
    return PROGRAM.format(series=series, scaled=scaled, loop=loop)


@pytest.mark.parametrize("loop", [LOADED, PICKED])
@pytest.mark.parametrize("scaled", [WHOLE, BY_VARIANCE])
@pytest.mark.parametrize("series", [WALK, WALKS])
def test_the_mean_of_the_whole_window_is_taken_off(series, scaled, loop):
    assert slugs(program(series, scaled, loop), "") == [KIND]


FIRST = "first = windows[:, :20]\nwindows = (windows - first.mean(1, keepdim=True)) / first.std(1, keepdim=True)"
ONLY_GIVEN = """
first = windows[:, :20]
windows = torch.cat([(first - first.mean(1, keepdim=True)) / first.std(1, keepdim=True), windows[:, 20:]], 1)
"""
WHOLE_SERIES = "series = (series - series.mean(0)) / series.std(0)"
WAVE = "torch.sin(torch.arange(600.0) * 2 * torch.pi / 25)"
RIGHT = [
    (WALK, FIRST),
    (WALK, ONLY_GIVEN),
    (WALK, "windows = (windows - 2) / 3"),
    ("torch.randn(600)", ""),
    # A window is one period: it adds up to nothing by itself.
    (f"{WAVE} * 2 ** 0.5", ""),
    (f"torch.stack([{WAVE} * 2 ** 0.5] * 2, 1)", ""),
]


@pytest.mark.parametrize(("series", "scaled"), RIGHT)
def test_what_is_given_says_nothing_of_what_is_to_come(series, scaled):
    assert slugs(program(series, scaled), "") == []


def test_what_is_standardised_for_itself_and_asked_for_as_it_is():
    loop = LOADED.replace("F.mse_loss(model(x), y)", "F.mse_loss(model(x[:, :20]), x[:, -5:, -1])")
    scaled = "windows = windows[:, :20]\n" + WHOLE + "\nwindows = torch.cat([windows, windows[:, -5:]], 1)"
    assert slugs(program(WALK, scaled, loop), "") == []


CONVOLVED = "self.head(F.relu(self.conv(x.mT)).amax(2))"
WIDE = "self.head(F.relu(self.wide(x.flatten(1))))"


def of_another_model(forward, series, scaled):
    layers = "self.conv, self.wide = nn.Conv1d(width, 6, 3), nn.Linear(20 * width, 6)"
    lines = program(series, scaled).replace("self.head(self.rnn(x)[1][-1])", forward)
    return lines.replace("        self.rnn, self.head", f"        {layers}\n        self.rnn, self.head")


@pytest.mark.parametrize("forward", [CONVOLVED, WIDE])
def test_steps_are_known_by_a_convolution_or_as_windows(forward):
    assert slugs(of_another_model(forward, WALK, WHOLE), "") == [KIND]


def test_the_halves_of_an_image_that_was_standardised_are_no_steps():
    images = of_another_model(WIDE, "torch.randn(96, 5) @ torch.randn(5, 25) + torch.randn(96, 25) ** 3", WHOLE)
    images = images.replace("series.unfold(0, 25, 6)", "series")
    assert slugs(images, "") == []
