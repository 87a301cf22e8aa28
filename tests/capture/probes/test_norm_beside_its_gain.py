"""Norms by hand whose scale stands for another axis than the statistics run along."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class {name}(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones({scale})), nn.Parameter(torch.zeros({scale}))

    def forward(self, x):
        {body}


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 6, 3), {name}(6)

    def forward(self, x):
        return self.norm(self.conv(x)).flatten(1)


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(4, 3, 6, 7), torch.randn(4, 120)) for _ in range(2)]
"""
SQUARES = "return x * torch.rsqrt(x.pow(2).mean({axis}, keepdim=True) + 1e-6) * self.weight"
SHIFTED = "return self.weight * (x - x.mean({axis}, keepdim=True)) / x.std({axis}, keepdim=True) + self.bias"
DIVIDED = "return x / (x.norm(dim={axis}, keepdim=True) + 1e-6) * self.weight + self.bias"


LONG = "return x / x.pow(2).sum({axis}, keepdim=True).sqrt().clamp(min=1e-8) * 2.0 * self.weight"


@pytest.mark.parametrize("body", [SQUARES, SHIFTED, DIVIDED, LONG])
def test_rows_of_a_map_are_measured_and_channels_are_scaled(body):
    program = PROGRAM.format(name="Scaled", scale="c, 1, 1", body=body)
    found = audited(program.replace("{axis}", "-1"))
    assert [(slug, len(lines)) for slug, lines in found] == [("norm_beside_its_scale", 1)]
    assert found[0][1] == [f"        {body.replace('{axis}', '1')}\n"]
    for right in ("1", "(2, 3)"):
        assert slugs(program.replace("{axis}", right)) == []


HEADS = """
class {name}(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.tau = nn.Linear(5, 8), nn.Parameter(torch.ones({scale}))

    def forward(self, x):
        q = self.linear(x){cut}
        return (q / q.norm(dim={axis}, keepdim=True) * self.tau).flatten(1)


model, criterion = {name}(), nn.MSELoss()
batches = [(torch.randn(4, 3, 5), torch.randn(4, 24)) for _ in range(2)]
"""


def test_a_scale_for_each_head_stands_for_no_features():
    cut = ".view(4, 3, 2, 4).transpose(1, 2)"
    assert slugs(HEADS.format(name="Model", scale="2, 1, 1", cut=cut, axis=-1)) == []


def test_a_layer_norm_scales_what_it_measures():
    found = [slugs(HEADS.format(name=name, scale="8", cut="", axis=1)) for name in ("LayerNorm", "Scaled")]
    assert found == [["norm_beside_its_scale"], []]
