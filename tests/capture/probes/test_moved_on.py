"""Sequences for whose answers the script went from step to step, and layers that walk along their other axis."""

from __future__ import annotations

import pytest
from programs import slugs

CELL = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.cell, self.out = nn.Embedding(9, 4), nn.GRUCell(4, 6), nn.Linear(6, 5)

    def forward(self, x):
        states, h = [], torch.zeros(x.size({rows}), 6)
        for item in self.table(x){items}:
            h = self.cell(item, h)
            states.append(h)
        return self.out(torch.stack(states{back})).flatten(0, 1)


def make():
    x = torch.randint(0, 9, (8, 7))
    {made}
    return x, ((x + other) % 5).flatten()


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [make() for _ in range(2)]
"""
LAYER = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.{kind}(3, 6{first}), nn.Linear(6, 1)

    def forward(self, x):
        return self.out(self.rnn(x)[0])


def make():
    x = torch.randn(6, 8, 3)
    return x, x[..., :1].cumsum({along})


model, criterion = Model(), nn.MSELoss()
batches = [make() for _ in range(2)]
"""
ALONG = {"rows": 1, "items": "", "back": ""}
BESIDE = {"rows": 0, "items": ".unbind(1)", "back": ", 1"}
MADE = "other = torch.cat([torch.zeros(8, 1, dtype=torch.long), x[:, :-1]], dim=1)"
MADE_FIRST = "other = torch.cat([torch.zeros(1, 7, dtype=torch.long), x[:-1]])"


@pytest.mark.parametrize("made", [MADE, "other = x.roll(1, 1)", "other = x.cumsum(dim=1)"])
def test_a_cell_that_is_handed_sample_after_sample(made):
    assert slugs(CELL.format(**ALONG, made=made)) == ["recurrent_along_batch"]


@pytest.mark.parametrize(
    ("walk", "made"),
    [
        (BESIDE, MADE),
        # Each sample beside the one before it.
        (BESIDE, "other = x.roll(1, 0)"),
        (ALONG, MADE_FIRST),
        (ALONG, "other = x.roll(1, 0)"),
        # Nothing says which axis is time.
        (ALONG, "other = x // 2"),
        (ALONG, "other = x.cumsum(0) + x.cumsum(1)"),
    ],
)
def test_a_cell_that_is_handed_steps_or_what_nobody_knows(walk, made):
    assert slugs(CELL.format(**walk, made=made)) == []


@pytest.mark.parametrize(
    ("kind", "first", "along", "found"),
    [
        ("GRU", "", 1, ["recurrent_along_batch"]),
        ("LSTM", "", 1, ["recurrent_along_batch"]),
        ("GRU", "", 0, []),
        ("LSTM", ", batch_first=True", 1, []),
    ],
)
def test_a_whole_layer(kind, first, along, found):
    seen = slugs(LAYER.format(kind=kind, first=first, along=along))
    assert [slug for slug in seen if slug != "samples_or_steps"] == found
