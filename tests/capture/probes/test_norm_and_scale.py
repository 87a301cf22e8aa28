"""Norms written by hand and the axis that their scale and shift stand for."""

from __future__ import annotations

import pytest
from programs import audited, slugs

NORMED = """
class Standardise(nn.Module):
    def __init__(self, axis=-1):
        super().__init__()
        self.axis = axis

    def forward(self, x):
        x = x.movedim(self.axis, 1)
        return F.batch_norm(x, None, None, training=True).movedim(1, self.axis)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.linear = nn.Conv1d(3, 8, 1), nn.Linear(8, 5)
        self.scale, self.shift = nn.Parameter(torch.ones({sizes})), nn.Parameter(torch.zeros({sizes}))
        self.norm = {layer}

    def forward(self, x):
        x = self.conv(x)
        {normed}
        return self.linear(x.relu().mean(2))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn({batch}, 3, 7), torch.randint(0, 5, ({batch},))) for _ in range(3)]
"""
BY_HAND = (
    "x = (x - x.mean({0}, keepdim=True)) / (x.var({0}, keepdim=True, unbiased=False) + 1e-5).sqrt(); "
    "x = x * self.scale + self.shift"
)
BY_MOMENTS = (
    "var, mean = torch.var_mean(x, dim={0}, keepdim=True, unbiased=False); "
    "x = self.shift + self.scale * ((x - mean) * torch.rsqrt(var + 1e-5))"
)


def slugs_of(normed, *, sizes="8, 1", layer="None", batch=6):
    found = slugs(NORMED.format(normed=normed, sizes=sizes, layer=layer, batch=batch))
    return [slug for slug in found if slug == "norm_beside_its_scale"]


@pytest.mark.parametrize("normed", [BY_HAND, BY_MOMENTS])
def test_statistics_by_hand(normed):
    assert slugs_of(normed.format("(0, 1)")) == ["norm_beside_its_scale"]
    assert slugs_of(normed.format("(0, 2)")) == []
    # Those of each sample, or of each step of each sample.
    assert slugs_of(normed.format("(1, 2)")) == []
    assert slugs_of(normed.format("(1,)")) == []
    assert slugs_of(normed.format("(2,)")) == []
    assert slugs_of(normed.format("(0, 1, 2)")) == []
    # Each step has its statistics, and its scale.
    assert slugs_of(normed.format("(0, 1)"), sizes="1, 7") == []


def test_one_sample_is_a_batch_as_well():
    assert slugs_of(BY_HAND.format("(1,)"), batch=1) == []
    assert slugs_of(BY_HAND.format("(0, 1)"), batch=1) == []


def test_the_line_of_the_layer_that_was_given_an_axis():
    normed = "x = self.norm(x) * self.scale + self.shift"
    program = NORMED.format(normed=normed, sizes="8, 1", layer="Standardise(axis=2)", batch=6)
    assert ["        self.norm = Standardise(axis=1)\n"] in [edits for _, edits, *_ in audited(program)]
    assert slugs_of(normed, layer="Standardise()") == ["norm_beside_its_scale"]
    assert slugs_of(normed, layer="Standardise(1)") == []


@pytest.mark.parametrize(
    "layer", ["nn.BatchNorm1d(8)", "nn.InstanceNorm1d(8)", "nn.GroupNorm(2, 8)", "nn.LayerNorm(7)"]
)
def test_layers_that_are_scaled_once_more(layer):
    assert slugs_of("x = self.norm(x) * self.scale + self.shift", layer=layer) == []
