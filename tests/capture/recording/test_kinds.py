"""Statistics of raw numbers whose features are of several kinds, and of all others."""

from __future__ import annotations

import pytest
import torch

from shapecheck.capture.recording.kinds import are_of_kinds, measures_kinds

KINDS = torch.tensor([900.0, 20.0, 0.5, 60.0]) + torch.randn(40, 4, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [((KINDS, 1), {}), ((KINDS, -1), {}), ((KINDS, [1]), {}), ((KINDS,), {"dim": 1}), ((KINDS,), {"axis": (-1,)})],
)
@pytest.mark.parametrize("name", ["mean", "std", "var_mean"])
def test_statistics_along_the_features(name, args, kwargs):
    assert measures_kinds(name, args, kwargs)


@pytest.mark.parametrize(
    ("name", "args", "kwargs"),
    [
        ("mean", (KINDS, 0), {}),
        ("mean", (KINDS,), {}),
        ("mean", (KINDS, (0, 1)), {}),
        ("sum", (KINDS, 1), {}),
        # Here a bool says by what the squares are divided.
        ("std", (KINDS, True), {}),
        ("mean", (KINDS.clone().requires_grad_(), 1), {}),
        ("mean", (KINDS[:, 0], 0), {}),
        ("mean", (KINDS.to("meta"), 1), {}),
        ("mean", (KINDS.to_sparse(), 1), {}),
        ("mean", (KINDS.long(), 1), {}),
        ("mean", (KINDS[:0], 1), {}),
        ("mean", ([1.0, 2.0], 0), {}),
    ],
)
def test_what_says_nothing_of_kinds(name, args, kwargs):
    assert not measures_kinds(name, args, kwargs)


def test_numbers_of_a_transform_say_nothing():
    seen = []
    torch.vmap(lambda rows: (seen.append(measures_kinds("mean", (rows, 1), {})), rows)[1])(KINDS[None])
    assert seen == [False]


@pytest.mark.parametrize("sizes", [[1.0, 2.0, 3.0, 1.5], [1.0, 30.0, 60.0, 90.0], [0.0, 0.0, 5.0, 5.0]])
def test_features_of_one_kind(sizes):
    assert not are_of_kinds(torch.tensor(sizes) * (1 + 0.01 * KINDS[:, :1]))
