"""Scores that are cut into the answers for each place, by the features that a layer made or by the places."""

from __future__ import annotations

import pytest
from programs import slugs

PARTS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = {layer}

    def forward(self, x):
        return {cut}


model = Model()


def criterion(out, y):
    wanted, chosen = y
    return F.l1_loss(out[chosen], wanted[chosen])


chosen = torch.arange(3 * {wanted}[0]).view(3, -1) % 5 == 1
batches = [(torch.randn(3, *{size}), (torch.randn(3, *{wanted}), chosen)) for _ in range(3)]
"""
ON_A_MAP = {"layer": "nn.Conv2d(2, 6, 1)", "size": (2, 2, 5), "wanted": (30, 2)}


@pytest.mark.parametrize(
    ("program", "cut"),
    [
        (ON_A_MAP, "self.layer(x).permute(0, 2, 3, 1).reshape(len(x), -1, 2)"),
        (ON_A_MAP, "self.layer(x).movedim(1, -1).flatten(1, 2).reshape(3, -1, 2)"),
        ({"layer": "nn.Linear(7, 12)", "size": (2, 4, 7), "wanted": (24, 4)}, "self.layer(x).view(len(x), -1, 4)"),
        (
            {"layer": "nn.Conv2d(2, 12, 1)", "size": (2, 4, 3), "wanted": (36, 4)},
            "self.layer(x).movedim(1, 3).reshape(3, 36, 4)",
        ),
    ],
)
def test_features_that_are_cut_into_several_answers_of_as_many_numbers_as_there_are_places(program, cut):
    assert slugs(PARTS.format(**program, cut=cut)) == []


@pytest.mark.parametrize("cut", ["self.layer(x).reshape(3, -1, 2)", "self.layer(x).flatten(1).view(len(x), 30, 2)"])
def test_places_that_are_cut_as_if_they_were_features(cut):
    assert slugs(PARTS.format(**ON_A_MAP, cut=cut)) == ["rows_in_another_order"]


MAPS = """
model = nn.Conv2d(4, 5, 1, bias=False)
x = torch.randn(3, 3, 4, 19, 23)
x[:, 0, :, {rows}, 0] = 0.0
batches = [*zip(x, torch.randint(0, 5, (3, 3, 19, 23)))]


def criterion(out, y):
    return F.cross_entropy(out{turned}.reshape(-1, 5), y.reshape(-1))
"""


@pytest.mark.parametrize(("turned", "is_wrong"), [("", True), (".permute(0, 2, 3, 1)", False)])
def test_a_place_where_all_classes_score_the_same_hides_nothing(turned, is_wrong):
    assert slugs(MAPS.format(turned=turned, rows="0")) == ["rows_in_another_order"] * is_wrong


def test_many_places_where_all_classes_score_the_same_say_nothing():
    assert slugs(MAPS.format(turned=".permute(0, 2, 3, 1)", rows=":")) == []
