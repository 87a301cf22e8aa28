"""Positions that a model adds along one axis, and layers that walk along the other one."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self, {size}=7):
        super().__init__()
        self.tokens = nn.Embedding(9, 8)
        self.places = nn.Parameter(torch.randn({sizes}) * 0.1)
        self.layer = {layer}
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        h = self.tokens(x) + {added}
        h = {walked}
        return self.head(h)


model = Model()
batches = [(torch.randint(0, 9, (5, 7)), torch.randint(0, 3, (5, 7))) for _ in range(3)]
criterion = lambda scores, labels: F.cross_entropy(scores.flatten(0, 1), labels.flatten())
"""
LAYERS = [
    ("nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0{})", "self.layer(h)", "attention_along_batch"),
    ("nn.GRU(8, 8{})", "self.layer(h)[0]", "recurrent_along_batch"),
]


def found(layer, walked, size="window", sizes="1, window, 8", added="self.places", front=""):
    return slugs(PROGRAM.format(layer=layer.format(front), walked=walked, size=size, sizes=sizes, added=added))


@pytest.mark.parametrize(("layer", "walked", "slug"), LAYERS)
@pytest.mark.parametrize(
    ("size", "sizes", "added"),
    [
        ("window", "1, window, 8", "self.places"),
        ("seq_len", "seq_len, 8", "self.places[: x.shape[1]]"),
        ("num_steps", "num_steps, 8", "self.places.unsqueeze(0)"),
    ],
)
def test_layers_that_walk_beside_the_positions(layer, walked, slug, size, sizes, added):
    assert found(layer, walked, size, sizes, added) == [slug]
    assert found(layer, walked, size, sizes, added, ", batch_first=True") == []


@pytest.mark.parametrize(("layer", "walked", "slug"), LAYERS)
def test_rows_of_anything_else_say_nothing(layer, walked, slug):
    # A joint, a sensor or a station has a row of its own as well, and each may be read over time.
    assert slug not in found(layer, walked, "joints", "1, joints, 8")


def test_what_is_turned_in_front_of_the_layer():
    layer, _, _ = LAYERS[0]
    assert found(layer, "self.layer(h.transpose(0, 1)).transpose(0, 1)") == []


WHOLE = """
class Model(nn.Module):
    def __init__(self, window=20):
        super().__init__()
        self.inp, self.places = nn.Linear(3, 8), nn.Parameter(torch.randn(window, 8) * 0.1)
        self.layer, self.head = nn.GRU(8, 8, batch_first={first}), nn.Linear(8, 1)

    def forward(self, x):
        h = self.inp(x)
        h = h + {added}
        return self.head(self.layer(h)[0].mean({time})){squeezed}


model, criterion = Model(), nn.MSELoss()
batches = [(torch.randn({shape}, 3), torch.rand({targets})) for _ in range(3)]
"""


@pytest.mark.parametrize(("targets", "squeezed"), [("5", "[:, 0]"), ("5, 1", "")])
@pytest.mark.parametrize(
    ("added", "first", "wrong"),
    [
        ("self.places[: h.size(0)].unsqueeze(1)", True, True),
        ("self.places[: len(h), None]", True, True),
        ("self.places[: h.size(1)].unsqueeze(0)", True, False),
        ("self.places[: h.size(0)].unsqueeze(1)", False, False),
    ],
)
def test_one_target_for_each_item_says_which_are_the_samples(targets, squeezed, added, first, wrong):
    shape = "5, 7" if first else "7, 5"
    program = WHOLE.format(first=first, added=added, time=int(first), squeezed=squeezed, shape=shape, targets=targets)
    # With time in front nothing but the layer says which axis counts samples: that is asked.
    assert slugs(program) == (["positions_along_batch"] * wrong if first else ["samples_or_steps"])
