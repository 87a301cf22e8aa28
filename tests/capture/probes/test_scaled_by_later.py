"""Series that are scaled and cut: by statistics of all rows or of those of the training part, into windows or none."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

SERIES = "raw = torch.linspace(0, 3, 60).unsqueeze(1) + torch.randn(60, 2)\n"
WHOLE = SERIES + "low, high = raw.min(0).values, raw.max(0).values\ndata = (raw - low) / (high - low)\n"
TRAINED = SERIES + "m, s = raw[:40].mean(0), raw[:40].std(0)\ndata = (raw - m) / s\n"
PARTS = "one, other = data[:40].unfold(0, 6, 1).mT, data[40:].unfold(0, 6, 1).mT\n"
OVER = "one, other = data[:40].unfold(0, 6, 1).mT, data[35:].unfold(0, 6, 1).mT\n"
CUT = "windows = data.unfold(0, 6, 1).transpose(1, 2)\none, other = windows[:40], windows[40:]\n"
STACKED = "windows = torch.stack([data[i : i + 6] for i in range(55)])\none, other = windows[:40], windows[40:]\n"
SPLIT = "first, second = data.split([40, 20])\none, other = first.unfold(0, 6, 1).mT, second.unfold(0, 6, 1).mT\n"
LOADED = """
class Windows(torch.utils.data.Dataset):
    def __init__(self, part):
        self.part = part

    def __len__(self):
        return len(self.part) - 6

    def __getitem__(self, at):
        return self.part[at : at + 6]


first, second = Windows(data[:40]), Windows(data[40:])
one = torch.stack([first[at] for at in torch.randperm(34).tolist()])
other = torch.stack([second[at] for at in range(14)])
"""
TRAIN = """
given, asked = other[:, :-1], other[:, -1]
model = nn.GRU(2, 2, batch_first=True)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for epoch in range(2):
    for i in torch.randperm(len(one)).split(12):
        loss = F.mse_loss(model(one[i][:, :-1])[0][:, -1], one[i][:, -1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        print(F.mse_loss(model(given)[0][:, -1], asked).item())
"""
FUNCTION = SERIES + "def scaled(x):\n    return (x - x.mean(0)) / x.std(0)\n\n\ndata = scaled(raw)\n"


@pytest.mark.parametrize(
    ("made", "is_told"),
    [
        (WHOLE + PARTS, True),
        (TRAINED + PARTS, False),
        (WHOLE + OVER, True),
        (WHOLE + CUT, True),
        (TRAINED + CUT, False),
        (WHOLE + STACKED, True),
        (WHOLE + SPLIT, True),
        (WHOLE + LOADED, True),
        (TRAINED + LOADED, False),
        # Samples in no order, and a model that is measured on what it is trained on.
        (WHOLE + "one, other = data[:40].unflatten(0, (20, 2)), data[40:].unflatten(0, (10, 2))\n", False),
        (WHOLE + "one = data.unfold(0, 6, 1).mT\nother = one[-9:]\n", False),
    ],
)
def test_statistics_of_what_is_held_back(made, is_told, capsys):
    assert slugs(made, TRAIN) == ["scaled_by_later"] * is_told


def test_batches_that_nobody_has_heard_may_be_trained_on(capsys):
    batches = TRAIN.replace(
        "for i in torch.randperm(len(one)).split(12):", "for i in [slice(k, k + 6) for k in range(0, 50, 6)]:"
    )
    assert slugs(WHOLE + "one = data.unfold(0, 6, 1).mT\nother = one[-9:]\n", batches) == []


def test_it_is_told_where_a_function_was_given_the_whole(capsys):
    assert lines_told(FUNCTION + PARTS, TRAIN) == ["data = scaled(raw)"]
