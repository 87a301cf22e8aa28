"""Losses with a margin: a sample whose terms lie beyond it moves nothing, and says nothing of whom it meets."""

from __future__ import annotations

import pytest
from programs import slugs

PAIRS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Linear(9, 12), nn.Linear(5, 12)

    def forward(self, a, b):
        n = b.size(1)
        u = F.normalize(self.left(a), dim=-1).{copied}
        v = F.normalize(self.right(b.reshape(-1, b.size(-1))), dim=-1)
        return (u * v).sum(-1)


torch.manual_seed({seed})
model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.05)
a, b = torch.randn(30, 9), torch.randn(30, 4, 5)
for step in range(4):
    rows = torch.arange(step * 6, step * 6 + 6)
    good = model(a[rows], b[rows])
    bad = model(a[rows], b[rows].roll(1, 0))
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
LOSSES = [
    "F.relu({margin} - good + bad).mean()",
    "({margin} - good + bad).clamp(min=0).mean()",
    "F.margin_ranking_loss(good, bad, torch.ones_like(good), margin={margin})",
]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("seed", "margin"), [(0, 0.0), (2, 0.0), (6, -0.2), (7, -0.2), (11, -0.2), (3, 0.3)])
def test_copies_beyond_a_margin_are_not_accused(seed, margin, loss):
    text = PAIRS.format(copied="repeat_interleave(n, dim=0)", seed=seed, loss=loss.format(margin=margin))
    assert slugs(text, "") == []


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("seed", [0, 3, 7])
def test_copies_of_others_are_found_behind_a_margin(seed, loss):
    text = PAIRS.format(copied="repeat(n, 1)", seed=seed, loss=loss.format(margin=0.6))
    assert slugs(text, "") == ["copies_in_another_order"]


WALK = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.last = nn.GRU(5, 8{batch_first}), nn.Linear(8, 6)

    def forward(self, x):
        return F.normalize(self.last(self.rnn(x)[0][:, -1]), dim=-1)


torch.manual_seed({seed})
model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.05)
data = torch.utils.data.TensorDataset(*(torch.randn(32, 7, 5) for _ in range(3)))
for one, near, far in torch.utils.data.DataLoader(data, batch_size=8, shuffle=True):
    loss = F.triplet_margin_loss(model(one), model(near), model(far), margin={margin})
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(("seed", "margin"), [(0, 0.05), (1, 0.05), (2, 0.2), (3, 0.5)])
def test_triplets_beyond_a_margin_are_read_as_they_are(seed, margin):
    right, wrong = (
        slugs(WALK.format(batch_first=text, seed=seed, margin=margin), "") for text in (", batch_first=True", "")
    )
    assert right == []
    assert wrong == ["recurrent_along_batch"]


VIEWS_OF_ONE = """
model = nn.Sequential(nn.Linear(9, 16), nn.ReLU(), nn.Linear(16, 8))
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    base = torch.randn(11, 1, 9)
    x = torch.cat([base, base + 0.1 * torch.randn(11, 1, 9), torch.randn(11, 1, 9)], 1)
    e = F.normalize(model(x), dim=-1)
    a, p, n = e[:, 0], e[:, 1], e[:, 2]
    loss = F.relu(0.3 + (a - p).pow(2).sum(-1) - (a - n).pow(2).sum(-1)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_views_of_samples_of_which_a_margin_stops_nearly_all():
    # What is left of the samples cannot say that they are apart, and so nothing says that the views were meant.
    assert slugs(VIEWS_OF_ONE, "") == []
