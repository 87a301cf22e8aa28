"""Layers that are computed for nothing although their input reaches the loss, beside results that are kept."""

from __future__ import annotations

import linecache

import pytest
import torch
from torch import nn
from torch.nn import functional

from shapecheck.auditor import audit


class Pair(nn.Module):
    """Two branches; both inputs are read outside as well."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 6), nn.Linear(4, 6)
        self.out = nn.Linear(12, 3)
        self.kept = None

    def forward(self, x, z):
        one, other = self.a(x), self.b(z)
        return self.out(torch.cat((one, other), dim=1)), x + z


class JoinedWithItself(Pair):
    def forward(self, x, z):
        one = self.a(x)
        other = torch.relu(self.b(z))  # noqa: F841
        return self.out(torch.cat((one, one), dim=1)), x + z


class StackedWithItself(Pair):
    def forward(self, x, z):
        one = self.b(x)
        other = self.a(z)  # noqa: F841
        both = torch.stack([one, one], dim=1)
        return self.out(both.flatten(1)), x * z


class Gated(Pair):
    """The second branch of a step of a sequence."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(4, 6, batch_first=True)

    def forward(self, x, z):
        last = self.rnn(x[:, None])[1][0]
        code = self.encoded(z)  # noqa: F841
        return self.out(torch.cat([last, last], dim=-1)), x - z

    def encoded(self, z):
        return self.b(z).tanh()


def told(model):
    torch.manual_seed(0)

    def loss(out, target):
        scores, inputs = out
        return functional.mse_loss(scores, target) + functional.mse_loss(inputs[:, :3], target)

    return audit(model, loss, ((torch.randn(8, 4), torch.randn(8, 4)), torch.randn(8, 3))).diagnoses


@pytest.mark.parametrize(
    ("model", "line"),
    [
        (JoinedWithItself(), "return self.out(torch.cat((one, one), dim=1)), x + z"),
        (StackedWithItself(), "both = torch.stack([one, one], dim=1)"),
        (Gated(), "return self.out(torch.cat([last, last], dim=-1)), x - z"),
    ],
)
def test_a_layer_that_is_computed_for_nothing_is_told(model, line):
    (found,) = told(model)
    assert found.slug == "layer_without_influence"
    assert found.headline == "a layer is computed and its result is never read"
    assert linecache.getline(found.place.file, found.place.line).strip() == line


class Returned(Pair):
    def forward(self, x, z):
        one = self.a(x)
        self.kept = self.b(z)
        return self.out(torch.cat((one, one), dim=1)), x + z


class OtherMode(Pair):
    def forward(self, x, z):
        one, other = self.a(x), self.b(z)
        if not self.training:
            return other
        return self.out(torch.cat((one, one), dim=1)), x + z


class LeftOver(Pair):
    """Nothing stands twice: a head of an earlier version."""

    def forward(self, x, z):
        one, other = self.a(x), self.b(x)
        third = self.b(z)  # noqa: F841
        return self.out(torch.cat((one, other), dim=1)), x + z


class OfOtherShape(Pair):
    def forward(self, x, z):
        one = self.a(x)
        other = self.b(torch.cat((z, z)))  # noqa: F841
        return self.out(torch.cat((one, one), dim=1)), x + z


@pytest.mark.parametrize("model", [Pair(), Returned(), OtherMode(), LeftOver(), OfOtherShape()])
def test_results_that_are_kept_or_have_no_place_are_left_alone(model):
    assert told(model) == ()
