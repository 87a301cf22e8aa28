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


class Heads(Pair):
    """Two branches, each with a layer of its own behind it."""

    def __init__(self):
        super().__init__()
        self.a_out, self.b_out = nn.Linear(6, 6), nn.Linear(6, 6)
        self.image_in, self.text_in = nn.Linear(4, 6), nn.Linear(4, 6)
        self.image_head, self.text_head = nn.Linear(6, 3), nn.Linear(6, 3)

    def forward(self, x, z):
        a, b = torch.relu(self.a(x)), torch.relu(self.b(z))
        a, b = self.a_out(a), self.b_out(b)
        return self.out(torch.cat((a, b), dim=1)), x + z


class TakenTwice(Heads):
    def forward(self, x, z):
        a, b = torch.relu(self.a(x)), torch.relu(self.b(z))
        a, b = self.a_out(a), self.b_out(a)
        return self.out(torch.cat((a, b), dim=1)), x + z


class LinkLeftOut(Heads):
    """A chain that starts anew in its second link."""

    def forward(self, x, z):
        h = self.a(x)
        g = torch.relu(self.b_out(h))
        g = torch.tanh(
            self.a_out(h),
        )
        return self.out(torch.cat((h, g), dim=1)), x + z


class NamedForTheOther(Heads):
    def forward(self, x, z):
        image_code = self.image_in(x).relu()
        text_code = self.text_in(z).relu()  # noqa: F841
        return self.image_head(image_code) + self.text_head(image_code), x + z


class NamedByItsResult(Heads):
    def forward(self, x, z):
        image = self.image_in(x).relu()
        text = self.image_in(z).relu()  # noqa: F841
        one = self.image_head(image)
        other = self.text_head(image)
        return one * other, x + z


@pytest.mark.parametrize(
    ("model", "line", "change"),
    [
        (TakenTwice(), "a, b = self.a_out(a), self.b_out(a)", "a, b = self.a_out(a), self.b_out(b)"),
        (LinkLeftOut(), "self.a_out(h),", "self.a_out(g),"),
        (
            NamedForTheOther(),
            "return self.image_head(image_code) + self.text_head(image_code), x + z",
            "return self.image_head(image_code) + self.text_head(text_code), x + z",
        ),
        (NamedByItsResult(), "other = self.text_head(image)", "other = self.text_head(text)"),
    ],
)
def test_a_result_whose_name_is_given_to_what_was_made_of_another(model, line, change):
    (found,) = told(model)
    assert found.slug == "layer_without_influence"
    assert linecache.getline(found.place.file, found.place.line).strip() == line
    (edit,) = found.fixes[0].edits
    assert edit.replacement.strip() == change


class Projections(Heads):
    """Several readings of one tensor, beside a head of an earlier version."""

    def forward(self, x, z):
        code = self.a(x)
        old = self.b(x)  # noqa: F841
        return self.out(torch.cat((self.a_out(code), self.b_out(code)), dim=1)), x + z


class GivenAnewByChance(Heads):
    """The other reading has another shape."""

    def forward(self, x, z):
        h = self.a(torch.cat((x, z)))
        h = self.b(x)
        return self.out(torch.cat((h, self.a(z)), dim=1)), x + z


class GivenAnewSometimes(Heads):
    def forward(self, x, z):
        text = self.text_in(z)
        image = self.image_in(x)
        if self.training or self.kept is None:
            text = self.a_out(image)
        return self.out(torch.cat((image, text), dim=1)), x + z


class ReadForItsShape(Heads):
    def forward(self, x, z):
        text = self.text_in(z)
        image = self.image_in(x)
        return self.text_head(image).reshape(text.shape[0], 3), x + z


@pytest.mark.parametrize(
    "model", [Heads(), Projections(), GivenAnewByChance(), GivenAnewSometimes(), ReadForItsShape()]
)
def test_names_that_are_given_for_other_reasons_are_left_alone(model):
    assert told(model) == ()
