"""How far across and how far down something lies: by sums over the two axes of a map, and not twice over one."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 3, 3, padding=1)

    def forward(self, image):
        p = self.conv(image).flatten(2).softmax(dim=-1).view(-1, 3, 8, 8)
        grid = torch.linspace(-1, 1, 8)
        return {places}


model, criterion = Model(), nn.MSELoss()
batches = [(torch.rand(4, 1, 8, 8), torch.rand(4, 3, 2)) for _ in range(2)]
"""


@pytest.mark.parametrize(
    "places",
    [
        "torch.stack([(p.sum(2) * grid).sum(-1), (p.sum({}) * grid).sum(-1)], dim=-1)",
        "torch.cat([(p.sum(dim=2) @ grid)[..., None], (p.sum(dim={}) @ grid)[..., None]], dim=-1)",
    ],
)
def test_they_run_along_different_axes(places):
    found = audited(PROGRAM.format(places=places.format(2)))
    assert [slug for slug, _ in found] == ["same_sum_twice"]
    assert found[0][1][0].strip() == f"return {places.format(3)}"
    assert slugs(PROGRAM.format(places=places.format(3))) == []


def test_one_sum_may_be_laid_down_for_two():
    places = "torch.stack([p.sum(2), p.sum(2)]).sum(-1).permute(1, 2, 0)"
    assert slugs(PROGRAM.format(places=places)) == []


def test_two_measures_of_one_sum_are_two_numbers():
    places = "torch.stack([(p.sum(2) * grid).sum(-1), (p.sum(2) * grid**2).sum(-1)], dim=-1)"
    assert slugs(PROGRAM.format(places=places)) == []
