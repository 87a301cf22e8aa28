"""Samples that are where a convolution has them: places of a picture joined with words, before a layer that walks."""

from __future__ import annotations

import pytest
from programs import slugs

# Pictures and words in one sequence, with an answer for each of its items, or each of the words.
PICTURES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.words = nn.Conv2d(3, 8, 4, stride=4), nn.Embedding(30, 8)
        self.scale, self.out = nn.BatchNorm2d(8), nn.Linear(8, 2)
        self.walk = {layer}

    def forward(self, both):
        image, ids = both
        places = self.scale(self.stem(image))
        places = {places}
        words = self.words(ids)
        joined = {joined}
        z = {walked}
        return self.out(z[{kept}])


def criterion(z, y):
    return F.cross_entropy(z.flatten(0, 1), y.flatten())


model = Model()
batches = [
    ((torch.randn(5, 3, 8, 12), torch.randint(0, 30, {ids})), torch.randint(0, 2, {labels})) for _ in range(3)
]
"""
_BATCH_FIRST = {
    "places": "places.flatten(2).transpose(1, 2)",
    "joined": "torch.cat([places, words], 1)",
    "kept": ":, 6:",
    "ids": "(5, 7)",
    "labels": "(5, 7)",
}
_TIME_FIRST = {
    "places": "places.flatten(2).permute(2, 0, 1)",
    "joined": "torch.cat([places, words])",
    "kept": "6:",
    "ids": "(7, 5)",
    "labels": "(7, 5)",
}
_ATTENTION = {"layer": "nn.MultiheadAttention(8, 2)", "walked": "self.walk(joined, joined, joined)[0]"}
_GRU = {"layer": "nn.GRU(8, 8)", "walked": "self.walk(joined)[0]"}
_ENCODER = {"layer": "nn.TransformerEncoderLayer(8, 2, 16, 0.0)", "walked": "self.walk(joined)"}


@pytest.mark.parametrize(
    ("layer", "found"),
    [(_ATTENTION, "attention_along_batch"), (_GRU, "recurrent_along_batch"), (_ENCODER, "attention_along_batch")],
)
def test_what_walks_along_the_samples_of_a_convolution_is_told(layer, found):
    assert slugs(PICTURES.format(**_BATCH_FIRST, **layer)) == [found]
    one = {"places": "places.mean((2, 3))[:, None]", "joined": "torch.hstack([words, places])", "kept": ":, :7"}
    assert slugs(PICTURES.format(**_BATCH_FIRST | one, **layer)) == [found]


@pytest.mark.parametrize("layer", [_ATTENTION, _GRU, _ENCODER])
def test_what_has_the_samples_where_the_layer_wants_them_is_not(layer):
    assert slugs(PICTURES.format(**_TIME_FIRST, **layer)) == []
    one = {"places": "places.mean((2, 3)).unsqueeze(0)", "kept": "1:"}
    assert slugs(PICTURES.format(**_TIME_FIRST | one, **layer)) == []
    first = {"layer": layer["layer"][:-1] + ", batch_first=True)"}
    assert slugs(PICTURES.format(**_BATCH_FIRST, **layer | first)) == []


# Frames of films, and what goes on beside them at the same times.
FRAMES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.beside = nn.Conv2d(3, 8, 4, stride=4), {beside}
        self.walk, self.out = nn.GRU({width}, 8), nn.Linear(8, 2)

    def forward(self, both):
        film, other = both
        frames = self.stem({film}).mean((2, 3)){frames}
        return self.out(self.walk(torch.cat([frames, self.beside(other)], {along}))[0])


def criterion(z, y):
    return F.cross_entropy(z.flatten(0, 1), y.flatten())


model = Model()
batches = [((torch.randn({size}), {other}), torch.randint(0, 2, {labels})) for _ in range(3)]
"""


@pytest.mark.parametrize(
    "parts",
    [
        # Frames of several films, folded into the samples of the convolution.
        {"film": "film.flatten(0, 1)", "frames": ".unflatten(0, film.shape[:2])", "size": "7, 5, 3, 8, 8",
         "beside": "nn.Embedding(30, 8)", "other": "torch.randint(0, 30, (7, 5))", "along": "-1", "width": "16",
         "labels": "(7, 5)"},
        # One film, with those who are seen in it side by side.
        {"film": "film", "frames": ".unsqueeze(1).expand(-1, 4, -1)", "size": "7, 3, 8, 8", "width": "16",
         "beside": "nn.Linear(6, 8)", "other": "torch.randn(7, 4, 6)", "along": "-1", "labels": "(7, 4)"},
        {"film": "film", "frames": ".unsqueeze(1)", "size": "7, 3, 8, 8", "width": "8",
         "beside": "nn.Linear(6, 8)", "other": "torch.randn(7, 4, 6)", "along": "1", "labels": "(7, 5)"},
    ],
)  # fmt: skip
def test_frames_are_no_samples_for_being_those_of_a_convolution(parts):
    assert not {"recurrent_along_batch", "attention_along_batch"} & {*slugs(FRAMES.format(**parts))}


def test_channels_without_samples_are_none():
    body = """
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem, self.words = nn.Conv1d(6, 8, 3, padding=1), nn.Embedding(30, 8)
            self.walk, self.out = nn.GRU(8, 8), nn.Linear(8, 2)

        def forward(self, both):
            signal, ids = both
            places = self.stem(signal).t()[:, None].expand(-1, 4, -1)
            return self.out(self.walk(torch.cat([places, self.words(ids)], 0))[0])


    def criterion(z, y):
        return F.cross_entropy(z.flatten(0, 1), y.flatten())


    model = Model()
    batches = [((torch.randn(6, 9), torch.randint(0, 30, (7, 4))), torch.randint(0, 2, (16, 4))) for _ in range(3)]
    """
    assert not {"recurrent_along_batch", "attention_along_batch"} & {*slugs(body)}
