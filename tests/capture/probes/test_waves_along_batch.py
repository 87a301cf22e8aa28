"""Codes of waves whose sines and cosines take turns: along the features, or along the samples."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from torch import nn

from shapecheck import audit

RATES = 100.0 ** -torch.linspace(0, 1, 8)


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def written(code, even, odd):
    code[even] = code[even].sin()
    code[odd] = torch.cos(code[odd])
    return code


def blank(code, even, odd):
    new = torch.zeros_like(code)
    new[odd] = code[odd].cos()
    new[even] = code[even].sin()
    return new


def chosen(code, axis):
    places = torch.arange(code.shape[axis]) % 2 == 0
    return torch.where(places[:, None] if axis == 0 else places, code.sin(), code.cos())


EVEN, ODD, ALL = slice(0, None, 2), slice(1, None, 2), slice(None)
CODES = [
    (lambda code: written(code, EVEN, ODD), True),
    (lambda code: blank(code, (EVEN, ALL), (ODD, ALL)), True),
    (lambda code: written(code.t(), (ALL, EVEN), (ALL, ODD)).t(), True),
    (lambda code: written(code.clone(), (EVEN, ...), (ODD, ...)), True),
    (lambda code: chosen(code, 0), True),
    (lambda code: written(code, (ALL, EVEN), (ALL, ODD)), False),
    (lambda code: blank(code, (..., EVEN), (..., ODD)), False),
    (lambda code: written(code.t(), EVEN, ODD).t(), False),
    (lambda code: chosen(code, 1), False),
    # Half of a batch may be told less on purpose.
    (lambda code: blank(code, EVEN, EVEN), False),
]


@pytest.mark.parametrize(("make", "is_wrong"), CODES)
@pytest.mark.parametrize("times", [torch.linspace(1, 30, 9), torch.arange(3, 30, 3)])
def test_sines_and_cosines_take_turns_along_the_features(make, is_wrong, times):
    def forward(model, time):
        return model.linear(make(time[:, None].float() * RATES).contiguous())

    model = Forward(forward, linear=nn.Linear(8, 1))
    slugs = [found.slug for found in audit(model, nn.MSELoss(), (times, torch.randn(9, 1))).diagnoses]
    assert ("waves_along_batch" in slugs) == is_wrong


def test_waves_side_by_side_are_features():
    def forward(model, x):
        h = model.first(x)
        return model.last(torch.cat([h.sin(), h.cos()], -1))

    model = Forward(forward, first=nn.Linear(3, 4), last=nn.Linear(8, 1))
    report = audit(model, nn.MSELoss(), (torch.randn(9, 3), torch.randn(9, 1)))
    assert not report.diagnoses
