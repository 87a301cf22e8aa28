"""Numbers cumulated up to the step before: filled up behind, shifted the other way, or with the wrong end set."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

BODY = """
kept = torch.cumprod(1 - torch.linspace(0.01, 0.2, 9), dim=0)
one = torch.ones(1)
{before}
weights = before.sqrt()


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense, self.colour = nn.Linear(5, 5), nn.Linear(5, 5)

    def forward(self, x):
        alpha, ones = self.dense(x).sigmoid(), torch.ones(len(x), 1)
        return {rays} * self.colour(x) + 0 * weights[:5]


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn(6, 5), torch.randn(6, 5)) for _ in range(3)]
"""
RIGHT = "before = torch.cat([one, kept[:-1]])"
ALPHA = "alpha"


def made(before: str, rays: str = ALPHA) -> str:
    return BODY.format(before=before, rays=rays)


@pytest.mark.parametrize(
    ("before", "is_told"),
    [
        ("before = torch.cat([kept[:-1], one])", True),
        (RIGHT, False),
        ("before = F.pad(kept[:-1], (0, 1), value=1.0)", True),
        ("before = F.pad(kept[:-1], (1, 0), value=1.0)", False),
        ("before = torch.ones_like(kept); before[:-1] = kept[:-1]", True),
        ("before = torch.ones_like(kept); before[1:] = kept[:-1]", False),
        ("before = kept.roll(1); before[-1] = 1.0", True),
        ("before = kept.roll(1); before[0] = 1.0", False),
        ("before = torch.cat([kept[1:], one])", True),
        # What is kept behind the last step is nothing.
        ("before = torch.cat([kept[1:], torch.zeros(1)])", False),
        ("before = torch.cat([kept[1:], kept[-1:]])", False),
        ("before = F.pad(torch.ones(9).cumsum(0)[:-1], (0, 1))", True),
        ("before = F.pad(torch.ones(9).cumsum(0)[:-1], (1, 0))", False),
        ("before = F.pad(torch.ones(9).cumsum(0)[1:], (0, 1))", False),
        # The last of rows of data is hidden, or set to what it is to be.
        ("walk = torch.randn(1, 5).cumsum(1); before = F.pad(walk[:, :-1], (0, 1)).abs()", False),
        ("walk = torch.rand(1, 5).cumsum(1); before = torch.cat([walk[:, :-1], torch.zeros(1, 1)], 1)", False),
        ("before = kept.clone(); before[-1] = 1.0", False),
        ("steps = (torch.arange(9) < 8).long(); before = steps.cumsum(0); before[steps == 0] = 0", False),
        # What grows towards the clean end has a one behind it.
        ("kept = torch.tensor([0.01, *[1.7] * 8]).cumprod(0); before = torch.cat([kept[1:], one])", False),
        ("before = torch.cat([(1 - torch.linspace(0.01, 0.2, 9)).log().cumsum(0).exp()[:-1], one])", True),
    ],
)
def test_each_step_gets_what_was_cumulated_before_it(before, is_told):
    assert slugs(made(before)) == ["cumulated_not_shifted"] * is_told


@pytest.mark.parametrize(
    ("rays", "is_told"),
    [
        ("alpha * torch.cat([1 - alpha, ones], 1).cumprod(1)[:, :-1]", True),
        ("alpha * torch.cat([ones, 1 - alpha], 1).cumprod(1)[:, :-1]", False),
        ("alpha * torch.cat([(1 - alpha).cumprod(1)[:, :-1], ones], 1)", True),
        ("alpha * torch.cat([ones, (1 - alpha).cumprod(1)[:, :-1]], 1)", False),
    ],
)
def test_what_is_left_of_a_ray_in_front_of_each_step(rays, is_told):
    assert slugs(made(RIGHT, rays)) == ["cumulated_not_shifted"] * is_told


def test_it_is_told_where_the_end_is_filled():
    (line,) = lines_told(made("before = torch.cat([kept[:-1], one])"))
    assert line == "before = torch.cat([kept[:-1], one])"
