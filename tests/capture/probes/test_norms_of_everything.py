"""A norm whose shape is that of the whole batch: each sample is scaled by what the others are."""

from __future__ import annotations

import pytest
from programs import audited, slugs

NORMED = """
from torch.utils.data import DataLoader, TensorDataset


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.norm, self.out = nn.Linear(4, 6), nn.LayerNorm({normed}), nn.Linear(6, 3)

    def forward(self, x):
        h = self.embed(x)
        h = {norm}
        return self.out(h.amax(1) if h.ndim == 3 else h)


model, criterion = Model(), nn.CrossEntropyLoss()
x, y = torch.randn(20, {shape}), torch.randint(0, 3, (20,))
batches = {batches}
"""
LOADER = "DataLoader(TensorDataset(x, y), batch_size=5, shuffle=True)"
BY_HAND = "[(torch.randn(5, 7, 4), torch.randint(0, 3, (5,))) for _ in range(3)]"


def program(norm, normed="6", shape="7, 4", batches=LOADER):
    return NORMED.format(norm=norm, normed=normed, shape=shape, batches=batches)


@pytest.mark.parametrize("batches", [LOADER, BY_HAND, "[*zip(x.split(5), y.split(5))]"])
@pytest.mark.parametrize(
    ("norm", "normed", "edit"),
    [
        ("F.layer_norm(h, h.shape)", "6", "        h = F.layer_norm(h, h.shape[-1:])\n"),
        ("F.layer_norm(h, h.size())", "6", "        h = F.layer_norm(h, h.size()[-1:])\n"),
        ("self.norm(h)", "[5, 7, 6]", None),
    ],
)
def test_a_norm_over_the_samples(norm, normed, edit, batches):
    ((slug, edits),) = audited(program(norm, normed, batches=batches))
    assert slug == "reduced_along_batch"
    assert edits == ([edit] if edit is not None else [])


def test_a_norm_over_rows_of_a_loader():
    assert slugs(program("F.layer_norm(h, h.shape)", shape="4")) == ["reduced_along_batch"]


@pytest.mark.parametrize(
    ("norm", "others"),
    [
        ("F.layer_norm(h, h.shape[1:])", {}),
        ("F.layer_norm(h, h.shape[-1:])", {}),
        ("self.norm(h)", {}),
        ("self.norm(h)", {"normed": "[7, 6]"}),
        ("torch.stack([F.layer_norm(one, one.shape) for one in h])", {}),
        # The nodes of one graph, which is all there is.
        ("F.layer_norm(h, h.shape)", {"shape": "4", "batches": "[(x, y)] * 3"}),
        # The steps of one sequence at a time.
        ("F.layer_norm(h, h.shape)", {"batches": "[(x[at], torch.randint(0, 3, (7,))) for at in range(3)]"}),
    ],
)
def test_norms_that_samples_do_not_share(norm, others):
    assert slugs(program(norm, **others)) == []


BY_GAIN = """
class Norm(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.a, self.b = nn.Parameter({gain}), nn.Parameter(torch.zeros(dim))

    def forward(self, x):
        mean = x.mean({along})
        std = x.std({along})
        return self.a * (x - mean) / (std + 1e-6) + self.b


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.norm, self.out = nn.Embedding(9, 6), Norm(6), nn.Linear(6, 3)

    def forward(self, x):
        return self.out(self.norm(self.embed(x)).{pooled})


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randint(0, 9, (5, 7)), torch.randint(0, 3, {asked})) for _ in range(3)]
"""


def by_gain(along, gain="torch.ones(dim)", pooled="amax(1)", asked="(5,)"):
    return slugs(BY_GAIN.format(along=along, gain=gain, pooled=pooled, asked=asked))


@pytest.mark.parametrize("gain", ["torch.ones(dim)", "torch.full((dim,), 0.5)"])
def test_a_norm_with_a_gain_for_each_feature_is_one_of_features(gain):
    assert by_gain("", gain) == ["reduced_along_batch"]
    assert by_gain("-1, keepdim=True", gain) == []
    assert by_gain("(1, 2), keepdim=True", gain) == []


@pytest.mark.parametrize(
    ("gain", "others"),
    [
        # One number scales all, as it scales what a whole batch is standardised by.
        ("torch.ones(())", {}),
        # Nobody says which axis holds the samples.
        ("torch.ones(dim)", {"pooled": "flatten(0, 1)", "asked": "(35,)"}),
    ],
)
def test_what_may_be_standardised_as_a_whole(gain, others):
    assert by_gain("", gain, **others) == []
