"""Graphs that numpy gave loops and scaled, by degrees that were counted with the loops or without."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
import numpy as np

adj = (torch.rand(9, 9) < 0.3).float()
adj = ((adj + adj.t() + torch.eye(9).roll(1, 0) + torch.eye(9).roll(1, 1)) > 0).float().fill_diagonal_(0).numpy() * 0.5
eye, ring = np.eye(9, dtype="float32"), np.roll(np.eye(9, dtype="float32"), 1, 0)
looped = adj + eye
scaled = torch.from_numpy({scaled})
model = nn.Linear(4, 3)
optimizer = torch.optim.Adam(model.parameters(), 0.01)
loss = F.cross_entropy(scaled @ model(torch.randn(9, 4)), torch.arange(9) % 3)
loss.backward()
optimizer.step()
"""


@pytest.mark.parametrize(
    "scaled",
    [
        "{of}.sum(1)[:, None] ** -0.5 * looped * {of}.sum(1) ** -0.5",
        "looped / {of}.sum(1)[:, None]",
        "looped / {of}.sum(0)",
    ],
)
def test_degrees_that_were_counted_before_the_loops(scaled):
    assert slugs(PROGRAM.format(scaled=scaled.format(of="adj")), "") == ["degrees_without_loops"]
    assert slugs(PROGRAM.format(scaled=scaled.format(of="looped")), "") == []


@pytest.mark.parametrize(
    "scaled",
    [
        # The loops come behind the scaling, or there are none, or half of each node stays where it is.
        "eye + adj / adj.sum(1)[:, None]",
        "adj / adj.sum(1)[:, None]",
        "0.5 * eye + 0.5 * adj / adj.sum(1)[:, None]",
        # Every node has as many edges as all others, so that it may be a factor as well.
        "(ring + ring.T + eye) / 2",
        "np.random.rand(9, 9).astype('float32')",
    ],
)
def test_other_matrices(scaled):
    assert slugs(PROGRAM.format(scaled=scaled), "") == []
