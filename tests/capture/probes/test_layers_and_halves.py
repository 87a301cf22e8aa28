"""Layers that are named for steps, gates of halves, statistics of two axes: mistakes, beside correct programs."""

from __future__ import annotations

import pytest
from programs import audited, slugs

MIXER = """
def mlp(width, inner):
    return nn.Sequential(nn.Linear(width, inner), nn.GELU(), nn.Linear(inner, width))


class Layer(nn.Module):
    def __init__(self, {names}):
        super().__init__()
        self.first, self.second = nn.LayerNorm(features), nn.LayerNorm(features)
        self.across, self.within = {across}, mlp(features, 2 * features)

    def forward(self, x):
        x = x + {mixed}
        return x + self.within(self.second(x))


class Model(nn.Module):
    def __init__(self, patches=8, features=8):
        super().__init__()
        self.embed = nn.Linear(5, features)
        self.layers = nn.Sequential(*(Layer(patches, features) for _ in range(2)))
        self.out = nn.Linear(features, 3)

    def forward(self, x):
        return self.out(self.layers(self.embed(x)).mean(dim=1))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 8, 5), torch.randint(0, 3, (5,))) for _ in range(3)]
"""


@pytest.mark.parametrize("across", ["mlp(patches, 16)", "mlp(patches, 2 * patches)", "nn.Linear(patches, patches)"])
def test_a_layer_for_the_patches_that_reads_the_features(across):
    text = MIXER.format(names="patches, features", across=across, mixed="{}")
    found = audited(text.format("self.across(self.first(x))"))
    assert [slug for slug, *_ in found] == ["features_for_steps"]
    assert found[0][1] == ["        x = x + self.across(self.first(x).transpose(1, 2)).transpose(1, 2)\n"]
    assert slugs(text.format("self.across(self.first(x).transpose(1, 2)).transpose(1, 2)")) == []


@pytest.mark.parametrize(
    ("names", "across"),
    [
        # Two layers within each token: no name says that the patches were meant.
        ("other, features", "mlp(features, 16)"),
        ("patches, features", "mlp(features, 2 * patches)"),
    ],
)
def test_layers_that_are_meant_for_the_features(names, across):
    assert slugs(MIXER.format(names=names, across=across, mixed="self.across(self.first(x))")) == []


TIED = """
class Sizes:
    def __init__(self, {classes}, width=8):
        self.classes, self.width = {classes}, width


class Model(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.embed = nn.Embedding(sizes.classes, sizes.width)
        self.norm, self.head = nn.LayerNorm(sizes.width), nn.Linear(sizes.width, sizes.classes, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, x):
        return self.head(self.norm(self.embed(x))).transpose(1, 2)


model, criterion = Model({made}), nn.CrossEntropyLoss()
batches = [(torch.randint(0, 4, (5, 8)), torch.randint(0, 4, (5, 8))) for _ in range(3)]
"""


@pytest.mark.parametrize("made", ["Sizes(4)", "Sizes(classes=len('abcd'))"])
def test_a_weight_that_was_made_for_another_layer_says_nothing_of_what_this_one_reads(made):
    assert slugs(TIED.format(classes="classes", made=made)) == []
    assert slugs(TIED.format(classes="tokens", made=made.replace("classes=", "tokens="))) == []


def test_windows_of_which_a_part_goes_in():
    text = """
class Model(nn.Module):
    def __init__(self, lookback=6, horizon=4):
        super().__init__()
        self.linear = nn.Linear(lookback, horizon)

    def forward(self, x):
        return {}


model, criterion, batches = Model(), nn.MSELoss(), []
series = torch.randn(90, 6)
for starts in ((40, 7, 61), (3, 70, 22)):
    windows = torch.stack([series[i : i + 10] for i in starts])
    batches.append((windows[:, :6], windows[:, 6:]))
"""
    assert slugs(text.format("self.linear(x).transpose(1, 2)")) == ["features_for_steps"]
    assert slugs(text.format("self.linear(x.transpose(1, 2)).transpose(1, 2)")) == []


GATED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.{first}

    def forward(self, x):
        {gated}
        return gated.{pooled}


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 8, 8), torch.randint(0, 3, (5,))) for _ in range(3)]
"""
GATES = [
    "gated = F.glu(self.first(x), dim={})",
    "a, b = self.first(x).chunk(2, dim={})\n        gated = a * b.sigmoid()",
    "a, b = torch.chunk(self.first(x), 2, dim={})\n        gated = F.gelu(a) * b",
    "a, b = self.first(x).split(4, {})\n        gated = torch.sigmoid(b) * a",
]


@pytest.mark.parametrize("gate", GATES)
def test_gates_along_steps(gate):
    assert slugs(GATED.format(first="Linear(8, 8)", gated=gate.format(1), pooled="mean(1)")) == ["gate_along_steps"]
    assert slugs(GATED.format(first="Conv1d(8, 8, 1)", gated=gate.format(2), pooled="mean(2)")) == ["gate_along_steps"]


@pytest.mark.parametrize("gate", GATES)
def test_gates_along_features(gate):
    assert slugs(GATED.format(first="Linear(8, 8)", gated=gate.format(2), pooled="mean(1)")) == []
    assert slugs(GATED.format(first="Conv1d(8, 8, 1)", gated=gate.format(1), pooled="mean(2)")) == []


def test_halves_of_a_sequence_that_are_no_gates():
    halves = "a, b = self.first(x).chunk(2, dim=1)\n        gated = a - b"
    assert slugs(GATED.format(first="Linear(8, 8)", gated=halves, pooled="mean(1)")) == []


SCALED = """
def scaled(series, first):
    start = series[:first]
    begin = (start - start.mean(dim={own}, keepdim=True)) / start.std(dim={own}, keepdim=True)
    mean, deviation = start.mean(dim={other}), start.{spread}
    {rest}


model, criterion = nn.Linear(4, 1), nn.MSELoss()
batches = [(scaled(10 * torch.randn(90, 4) + 30, 60)[:90], torch.randn(90, 1)) for _ in range(3)]
"""
REST = "return torch.cat([begin, (series[first:] - mean) / deviation])"
RUNNING = """rows = []
    for row in series[first:]:
        mean = 0.9 * mean + 0.1 * row
        rows.append((row - mean) / deviation)
    return torch.cat([begin, torch.stack(rows)])"""


@pytest.mark.parametrize("rest", [REST, RUNNING])
@pytest.mark.parametrize("spread", ["std(dim=0)", "var(dim=0).sqrt()"])
def test_two_rules_for_numbers_of_one_kind(rest, spread):
    assert slugs(SCALED.format(own=1, other=0, spread=spread, rest=rest)) == ["scaled_by_two_rules"]
    assert slugs(SCALED.format(own=0, other=0, spread=spread, rest=rest)) == []


def test_the_same_numbers_scaled_in_two_ways():
    rest = "return torch.cat([begin[:, :2], ((start - mean) / deviation)[:, 2:]], 1)"
    text = SCALED.format(own=1, other=0, spread="std(dim=0)", rest=rest)
    assert slugs(text.replace("torch.randn(90, 1)", "torch.randn(60, 1)")) == []


def test_two_sequences_that_go_through_one_layer():
    for gate in GATES[1:3]:
        joined = gate.format(1).replace("(x)", "(torch.cat([x, x.flip(1)], 1))")
        assert slugs(GATED.format(first="Linear(8, 8)", gated=joined, pooled="mean(1)")) == []


def test_inputs_and_targets_that_are_scaled_apart():
    text = """
past = torch.randn(90, 4)
x = (past - past.mean(0)) / past.std(0)
y = (past[:, -1:] + torch.randn(90, 1) - past.mean(1, keepdim=True)) / past.std(1, keepdim=True)
model, criterion = nn.Linear(4, 1), nn.MSELoss()
batches = [(x, y)] * 3
"""
    assert slugs(text) == []
