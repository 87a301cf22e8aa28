"""Stripes and crops at places that were drawn by the size of another axis than the one along which they lie."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
import random
import numpy as np


def stripes(x, p=0.4):
    b, f, t = x.shape
    out = x.clone()
    {lines}
    return out


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.linear = nn.Conv1d(8, 6, 3), nn.Linear(6, 3)

    def forward(self, x):
        return self.linear(self.conv(stripes(x)).mean(2))


random.seed(0)
model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(6, 8, {steps}), torch.randint(0, 3, (6,))) for _ in range(3)]
"""
LINES = [
    "w = int(torch.randint(1, int(f * p) + 1, (1,))); s = int(torch.randint(0, f - w + 1, (1,)))\n"
    "    out[{at}s : s + w].fill_(0.0)",
    "n = x.size(-2); s = random.randint(0, n - 2); out[{at}s : s + 2] = 0",
    "for _ in range(2):\n"
    "        w = random.randint(1, 3)\n"
    "        s = int(random.random() * (x.shape[1] - w))\n"
    "        out[{at}s : s + w, :] = x.mean()",
    "keep = torch.ones_like(x); s = np.random.randint(0, f - 2); keep[{at}s : s + 2] *= 0; out = out * keep",
    # A name that stands for another place further up.
    "s = random.randint(0, t - 2); out[..., s : s + 2] = 0\n    s = random.randint(0, f - 2); out[{at}s : s + 2] = 0",
]


def program(lines, steps=20):
    return PROGRAM.format(lines=lines, steps=steps)


@pytest.mark.parametrize("lines", LINES)
def test_stripes_at_a_place_of_another_axis(lines):
    assert slugs(program(lines.format(at=""))) == ["place_of_other_axis"]
    assert slugs(program(lines.format(at=":, "))) == []


def test_the_axes_in_front_are_left_whole():
    draws = "s, u = random.randint(0, f - 2), random.randint(0, t - 2); "
    ((_, edits),) = audited(program(draws + "out[s : s + 2, u : u + 2] = 0"))
    assert edits[0].endswith("out[:, s : s + 2, u : u + 2] = 0\n".replace(" : ", ":"))


@pytest.mark.parametrize(
    "lines",
    [
        # It was turned in between, and what is cut is another tensor.
        "turned = x.transpose(1, 2); s = random.randint(0, f - 2); turned[:, :, s : s + 2] *= 1.5",
        "n = out.shape[1]; out = out.transpose(0, 1).clone(); s = random.randint(0, n - 2)\n"
        "    out[s : s + 2] = 0; out = out.transpose(0, 1)",
        # Places that nobody drew, or that both axes have a part in.
        "out[: f // 2] = out[: f // 2] * 1.5",
        "s = random.randint(0, min(b, f) - 2); out[s : s + 2] = out[s : s + 2] * 1.5",
    ],
)
def test_places_that_may_lie_along_an_axis(lines):
    assert slugs(program(lines)) == []


def test_sizes_that_are_the_same():
    lines = "s = random.randint(0, f - 2); out[:, :, s : s + 2] = 0"
    assert slugs(program(lines)) == ["place_of_other_axis"]
    assert slugs(program(lines, steps=8)) == []
