"""Norms written by hand, with their gain in front of the division or behind it, along each of the axes."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Norm(nn.Module):
    def __init__(self):
        super().__init__()
        self.gain, self.bias = nn.Parameter(torch.ones({wide})), nn.Parameter(torch.zeros({wide}))

    def forward(self, x):
        mean = x.mean({mean})
        spread = x.{spread}
        return {scaled}


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(30, 8, padding_idx=0)
        self.norms = nn.ModuleList([Norm(), Norm()])
        self.maps, self.out = nn.Linear(8, 8), nn.Linear(8, 3)

    def forward(self, tokens):
        real = (tokens != 0)[..., None].float()
        x = self.norms[0](self.embed(tokens) + 0.1)
        x = self.norms[1](x + torch.relu(self.maps(x)))
        return self.out((x * real).sum(1) / real.sum(1))


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.1)
lengths = torch.tensor([9, 4, 6, 3, 7, 5])
batches = [
    (torch.randint(1, 30, (6, 9)) * (torch.arange(9) < lengths[:, None]), torch.randint(0, 3, (6,))) for _ in range(3)
]
for tokens, labels in batches:
    loss = F.cross_entropy(model(tokens), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
LOADED = "for tokens, labels in torch.utils.data.DataLoader([row for batch in batches for row in zip(*batch)], 6):"
BEFORE = "self.gain * (x - mean) / (spread + 1e-6) + self.bias"
BEHIND = "(x - mean) / (spread + 1e-6) * self.gain + self.bias"


def told(mean, spread, scaled=BEFORE, wide="8"):
    return slugs(PROGRAM.format(mean=mean, spread=spread, scaled=scaled, wide=wide), "")


@pytest.mark.parametrize("scaled", [BEFORE, BEHIND])
@pytest.mark.parametrize(
    ("mean", "spread"),
    [
        ("0, keepdim=True", "std(0, keepdim=True)"),
        ("dim=0, keepdim=True", "var(dim=0, keepdim=True).sqrt()"),
        ("-1, keepdim=True", "std(0, keepdim=True)"),
        ("0, keepdim=True", "std(-1, keepdim=True)"),
    ],
)
def test_statistics_of_the_samples(mean, spread, scaled):
    assert told(mean, spread, scaled) == ["reduced_along_batch"]


@pytest.mark.parametrize("spread", ["std()", "std(keepdim=True)"])
@pytest.mark.parametrize("scaled", [BEFORE, BEHIND])
def test_one_mean_and_spread_of_a_whole_batch(scaled, spread):
    program = PROGRAM.replace("for tokens, labels in batches:", LOADED)
    assert slugs(program.format(mean="", spread=spread, scaled=scaled, wide="8"), "") == ["reduced_along_batch"]


@pytest.mark.parametrize("scaled", [BEFORE, BEHIND])
@pytest.mark.parametrize("axes", [("1", "1"), ("1", "-1"), ("-1", "1")])
def test_statistics_of_steps_of_which_some_are_padding(axes, scaled):
    mean, spread = (f"{axis}, keepdim=True" for axis in axes)
    assert told(mean, f"std({spread})", scaled) == ["padding_pooled"]


@pytest.mark.parametrize("scaled", [BEFORE, BEHIND])
def test_statistics_of_the_features(scaled):
    assert told("-1, keepdim=True", "std(-1, keepdim=True)", scaled) == []


def test_statistics_of_steps_that_are_all_real():
    program = PROGRAM.replace("* (torch.arange(9) < lengths[:, None])", "").replace(", padding_idx=0", "")
    parts = {"mean": "1, keepdim=True", "spread": "std(1, keepdim=True)", "scaled": BEFORE, "wide": "8"}
    assert slugs(program.format(**parts), "") == []


def test_each_position_of_a_batch_with_a_gain_of_its_own():
    assert told("0, keepdim=True", "std(0, keepdim=True)", wide="9, 8") == []


def test_a_mean_of_the_batch_that_keeps_no_axis_may_be_meant():
    assert told("0", "std(0)") == []


IMAGES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.out = nn.Conv2d(1, 1, 3), nn.Conv2d(1, 6, 3), nn.Linear(6, 2)

    def forward(self, x):
        h = self.first(x)
        h = (h - h.mean({axes}, keepdim=True)) / (h.std({axes}, keepdim=True) + 1e-5)
        return self.out(self.second(h.relu()).mean((2, 3)))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(9, 1, 8, 8), torch.randint(0, 2, (9,))) for _ in range(3)]
"""


@pytest.mark.parametrize(("axes", "found"), [("(0, 2, 3)", False), ("(0, 1, 2, 3)", True)])
def test_statistics_of_a_single_channel_are_those_of_a_batch_norm(axes, found):
    assert slugs(IMAGES.format(axes=axes)) == (["reduced_along_batch"] if found else [])
