"""Models that halve the steps and are asked for those in between: from what lies before them, or with them in sight."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from torch import nn
from torch.nn.functional import pad

from shapecheck import audit


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def told(model, given, goal):
    return [found.slug for found in audit(model, nn.MSELoss(), (given, goal)).diagnoses]


def one(kernel, front, padding, stride=2):
    def run(model, x):
        return model.head(model.conv(pad(x, (front, 0))).relu())

    conv = nn.Conv1d(2, 7, kernel, stride=stride, padding=padding)
    return Forward(run, conv=conv, head=nn.Conv1d(7, 2, 1))


def video(padding, front):
    layers = {
        "stem": nn.Conv3d(1, 4, (3, 3, 3), padding=(padding, 1, 1)),
        "down": nn.Conv3d(4, 1, (2, 1, 1), stride=(2, 1, 1), padding=(0, 0, 0)),
    }
    ahead = (0, 0, 0, 0)
    return Forward(lambda m, x: m.down(pad(m.stem(pad(x, (*ahead, front, 0))), (*ahead, 1, 0))[:, :, :-1]), **layers)


@pytest.mark.parametrize(
    ("model", "first", "is_wrong"),
    [
        (one(3, 0, 1), 1, True),
        (one(5, 0, 2), 1, True),
        (one(3, 2, 0), 1, False),
        # Every second step from the first on is no step in between: it is the middle of what sums it up.
        (one(3, 0, 1), 0, False),
        # Two steps at a time that are summed up in the second of them.
        (one(2, 0, 0), 1, False),
    ],
)
def test_steps_in_between(model, first, is_wrong):
    series = torch.randn(5, 2, 12)
    slugs = told(model, series, series[:, :, first::2].clone())
    assert ("future_seen_by_convolution" in slugs) is is_wrong


@pytest.mark.parametrize(("padding", "front", "is_wrong"), [(1, 0, True), (0, 2, False)])
def test_frames_in_between(padding, front, is_wrong):
    frames = torch.randn(4, 1, 8, 5, 6)
    slugs = told(video(padding, front), frames, frames[:, :, 1::2].clone())
    assert ("future_seen_by_convolution" in slugs) is is_wrong
