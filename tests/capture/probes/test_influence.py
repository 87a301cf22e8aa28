"""Inputs that influence nothing where another is read twice, beside arguments that are left alone on purpose."""

from __future__ import annotations

import linecache

import pytest
import torch
from torch import nn

from shapecheck.auditor import audit


class Branches(nn.Module):
    def __init__(self, sizes=(4, 4)):
        super().__init__()
        self.a, self.b = nn.Linear(sizes[0], 6), nn.Linear(sizes[1], 6)
        self.linear = nn.Linear(12, 1)

    def forward(self, x, z):
        return self.linear(torch.cat([self.a(x), self.b(z)], 1))


class OneReadTwice(Branches):
    def forward(self, x, z):
        return self.linear(torch.cat([self.a(x), self.b(x)], 1))


class OneBranchTwice(Branches):
    def forward(self, x, z):
        return self.linear(torch.cat([self.a(x), self.a(x)], 1))


class JoinedWithItself(Branches):
    def forward(self, x, z):
        p = self.a(x)
        q = self.b(z)  # noqa: F841
        return self.linear(torch.cat([p, p], 1))


class Overwritten(Branches):
    def forward(self, x, z):
        q = torch.relu(self.b(z))
        q = torch.relu(self.b(x))
        return self.linear(torch.cat([torch.relu(self.a(x)), q], 1))


class Forgotten(Branches):
    def forward(self, x, z):
        h = self.b(z)  # noqa: F841
        return self.linear(torch.cat([self.a(x), x, x[:, :2]], 1))


class GivenAnew(Branches):
    def forward(self, x, z):
        h = torch.relu(self.b(z))
        h = torch.relu(self.a(x))
        return self.linear(torch.cat([h, x, x[:, :2]], 1))


class Packed(Branches):
    def forward(self, both):
        x, z = both  # noqa: RUF059
        return self.linear(torch.cat([self.a(x), self.b(x)], 1))


class Ids(nn.Module):
    def __init__(self):
        super().__init__()
        self.user, self.item = nn.Embedding(9, 4), nn.Embedding(9, 4)

    def forward(self, user, item):
        return (self.user(user) * self.item(user)).sum(1, keepdim=True)


def told(model, x, z, packed=False):
    batch = ((x, z),) if packed else (x, z)
    return audit(model, nn.MSELoss(), (batch, torch.randn(8, 1))).diagnoses


@pytest.mark.parametrize(
    ("model", "line"),
    [
        (OneReadTwice(), "return self.linear(torch.cat([self.a(x), self.b(x)], 1))"),
        (OneBranchTwice(), "return self.linear(torch.cat([self.a(x), self.a(x)], 1))"),
        (JoinedWithItself((4, 7)), "return self.linear(torch.cat([p, p], 1))"),
        (Overwritten(), "q = torch.relu(self.b(x))"),
        (GivenAnew((4, 7)), "h = torch.relu(self.b(z))"),
        (Forgotten((4, 7)), "h = self.b(z)  # noqa: F841"),
    ],
)
def test_an_input_without_influence_is_told(model, line):
    (found,) = told(model, torch.randn(8, 4), torch.randn(8, model.b.in_features))
    assert found.slug == "input_without_influence"
    assert linecache.getline(found.place.file, found.place.line).strip() == line


def test_inputs_that_come_as_one_tuple():
    (found,) = told(Packed(), torch.randn(8, 4), torch.randn(8, 4), packed=True)
    assert found.slug == "input_without_influence"


def test_ids_are_inputs_as_well():
    (found,) = told(Ids(), torch.randint(9, (8,)), torch.randint(9, (8,)))
    assert found.slug == "input_without_influence"


def test_ids_out_of_range_are_never_looked_up():
    assert told(Ids(), torch.randint(9, (8,)), torch.randint(90, 99, (8,))) == ()


class ReadForItsShape(Branches):
    def forward(self, x, z):
        return self.linear(torch.cat([self.a(x), self.b(x)], 1).expand(z.shape[0], -1))


class TeacherThatIsOff(Branches):
    force = False

    def forward(self, x, z):
        taught = self.b(z)
        other = taught if self.force else self.b(x)
        return self.linear(torch.cat([self.a(x), other], 1))


class MaskLeftAlone(Branches):
    def forward(self, x, mask):
        return self.linear(torch.cat([self.a(x), self.b(x)], 1))


class HandedOn(Branches):
    def forward(self, x, z):
        self.kept = z
        return self.linear(torch.cat([self.a(x), self.b(x)], 1))


class StartsAtZero(Branches):
    def __init__(self):
        super().__init__()
        nn.init.zeros_(self.b.weight)
        nn.init.zeros_(self.b.bias)

    def forward(self, x, z):
        return self.linear(torch.cat([self.a(x) + self.b(z), self.a(x)], 1))


@pytest.mark.parametrize("model", [Branches(), ReadForItsShape(), HandedOn(), StartsAtZero()])
def test_what_has_influence_or_a_reason_is_left_alone(model):
    assert told(model, torch.randn(8, 4), torch.randn(8, 4)) == ()


def test_a_mask_that_a_model_leaves_alone():
    assert told(MaskLeftAlone(), torch.randn(8, 4), torch.ones(8, 4, dtype=torch.bool)) == ()


def test_the_argument_of_another_interface():
    class Plain(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1))

        def forward(self, x, time):
            return self.body(x)

    assert told(Plain(), torch.randn(8, 4), torch.randn(8, 4)) == ()
