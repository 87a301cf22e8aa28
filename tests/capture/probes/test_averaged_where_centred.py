"""Averages behind a norm: along what it has centred, along another axis, and where they are taken off once more."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.each, self.norm, self.pool = nn.Linear(3, 8), nn.LayerNorm(8), nn.AvgPool1d(8)
        self.maps = nn.Sequential(nn.Conv2d(1, 6, 2), nn.InstanceNorm2d(6))
        self.out = nn.Linear({width}, 5)

    def forward(self, x):
        h = self.norm(self.each(x))
        return self.out({pooled})


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randn(4, 7, 3), torch.randint(0, 5, (4,))) for _ in range(3)]
"""
SLUG = "averaged_where_centred"


@pytest.mark.parametrize(
    ("width", "pooled", "found"),
    [
        (7, "h.mean(-1)", [SLUG]),
        (7, "F.dropout(h, 0.1).sum(2)", [SLUG]),
        (7, "self.pool(h).flatten(1)", [SLUG]),
        (6, "self.maps(x[:, None]).mean((2, 3))", [SLUG]),
        (6, "self.maps(x[:, None]).relu().mean((2, 3))", []),
        (8, "h.mean(1)", []),
        # The features themselves are read as well.
        (9, "torch.cat([h.mean(1), h.mean((1, 2))[:, None]], 1)", []),
        (7, "h.pow(2).mean(-1)", []),
        (8, "(h - h.mean(-1, keepdim=True)).sum(1)", []),
    ],
)
def test_averages_behind_a_norm(width, pooled, found):
    assert slugs(PROGRAM.format(width=width, pooled=pooled)) == found


def test_the_axis_that_the_layer_behind_can_read():
    told = dict(audited(PROGRAM.format(width=8, pooled="h.mean(2)").replace("4, 7, 3", "4, 8, 3")))
    assert [line.strip() for line in told[SLUG]] == ["return self.out(h.mean(1))"]


def test_weights_that_were_learned_before_make_a_score_of_the_features():
    learned = PROGRAM.format(width=7, pooled="h.mean(-1)") + "nn.init.normal_(model.norm.weight)\n"
    assert slugs(learned) == []
