"""What pictures and signals are shifted and scaled by: along the channels, or along as many samples."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
mean, std = torch.tensor([0.5, 0.4, 0.3]), torch.tensor([0.2, 0.3, 0.1])
kept = torch.rand(9, 3, 5, 5)
ours, theirs = kept.mean((0, 2, 3)), kept.std((0, 2, 3)) + 1e-6


def ready(x):
    return {ready}


model = nn.Sequential(nn.Conv{ndim}d(3, 4, 2), nn.ReLU(), nn.Flatten(), nn.LazyLinear(6))
criterion = nn.CrossEntropyLoss()
batches = [(ready(x), torch.tensor([1, 5, 2])) for x in torch.rand(6, 3, *{sizes}).split(3)]
"""
PICTURES = {"ndim": 2, "sizes": "(5, 5)"}
SIGNALS = {"ndim": 1, "sizes": "(8,)"}


@pytest.mark.parametrize(
    ("ready", "data"),
    [
        ("(x - mean.view(-1, 1, 1, 1)) / std.view(-1, 1, 1, 1)", PICTURES),
        ("((x.permute(3, 2, 1, 0) - mean) / std).permute(3, 2, 1, 0)", PICTURES),
        ("x.sub(mean[:, None, None]) / std[:, None, None].clamp(min=1e-3)", SIGNALS),
        ("(x - ours.reshape(3, 1, 1, 1)) / theirs.reshape(3, 1, 1, 1)", PICTURES),
    ],
)
def test_along_the_samples(ready, data):
    assert slugs(PROGRAM.format(ready=ready, **data)) == ["channels_along_samples"]


@pytest.mark.parametrize(
    ("ready", "data"),
    [
        ("(x - mean.view(-1, 1, 1)) / std.view(-1, 1, 1)", PICTURES),
        ("((x.transpose(1, 3) - mean) / std).transpose(1, 3)", PICTURES),
        ("(x - mean[:, None]) / std[:, None]", SIGNALS),
        # What each sample has of its own: statistics, a level that it is raised by.
        ("(x - x.mean((1, 2, 3)).view(-1, 1, 1, 1)) / x.std((1, 2, 3)).view(-1, 1, 1, 1)", PICTURES),
        ("x + mean.view(-1, 1, 1, 1) * torch.randn_like(x)", PICTURES),
        # One size for all.
        ("(x - torch.full((3,), 0.5).view(-1, 1, 1, 1)) / torch.tensor([2.0, 2, 2]).view(-1, 1, 1, 1)", PICTURES),
    ],
)
def test_along_the_channels_or_for_each_sample(ready, data):
    assert "channels_along_samples" not in slugs(PROGRAM.format(ready=ready, **data))


def test_each_sample_may_be_of_another_kind():
    program = PROGRAM.format(ready="(x - mean.view(-1, 1, 1, 1)) / std.view(-1, 1, 1, 1)", **PICTURES)
    assert "channels_along_samples" not in slugs(program.replace("(6, 3, *(5, 5)).split(3)", "(2, 3, 3, *(5, 5))"))
