"""Squeezes in every turn of a loop, of which a last batch of one sample loses more than the others."""

from __future__ import annotations

import pytest
from programs import slugs

WRITTEN = """
from torch.utils.data import DataLoader, TensorDataset

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = nn.GRU(3, 7), nn.GRU(6, 7)
        self.names, self.layer = nn.Embedding(11, 6), nn.Linear(7, 11)

    def forward(self, x, y):
        h, last, steps = self.encoder(x.transpose(0, 1))[1], torch.zeros(len(x)).long(), []
        for t in range(y.size(1)):
            out, h = self.decoder(self.names(last)[None], h)
            last = y[:, t]
            steps.append(self.layer(out).{squeeze})
        return torch.stack(steps, dim={along})

model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in DataLoader(TensorDataset(torch.randn({count}, 8, 3), torch.randint(0, 11, ({count}, 4))), 5):
    out = model(x, y)
    loss = F.cross_entropy(out.reshape(-1, 11), y{turned}.reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("squeeze", "along", "count", "expected"),
    [
        ("squeeze()", 1, 21, ["squeezed_by_chance"]),
        ("squeeze(0)", 1, 21, []),
        ("squeeze()", 1, 20, []),
        # Step by step, a sample alone has its steps in the same order.
        ("squeeze()", 0, 21, []),
    ],
)
def test_the_samples_may_lie_behind_an_axis_of_one_in_every_turn_of_a_loop(squeeze, along, count, expected):
    text = WRITTEN.format(squeeze=squeeze, along=along, count=count, turned=".t()" if along == 0 else "")
    assert slugs(text, "") == expected


ONE_BY_ONE = """
from torch.utils.data import DataLoader, TensorDataset

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.layer = nn.GRU(3, 7, batch_first=True), nn.Linear(7, 4)

    def one(self, row):
        out = self.rnn(row[None])[0].squeeze()
        return (out.softmax(0) * out).sum(0)

    def forward(self, x):
        return self.layer(torch.stack([self.one(row) for row in x]))

model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in DataLoader(TensorDataset(torch.randn(21, 5, 3), torch.randint(0, 4, (21,))), 5):
    loss = F.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_one_sample_of_as_many_steps_as_there_are_samples():
    assert slugs(ONE_BY_ONE, "") == []


BRANCHES = """
from torch.utils.data import DataLoader, TensorDataset

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.out = nn.Linear(3, 7), nn.Linear(7, 4)

    def forward(self, x):
        h = self.layer(x).relu().squeeze()
        {guard}
        return self.out(h).softmax(0)

model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in DataLoader(TensorDataset(torch.randn(21, 1, 3), torch.rand(21, 4)), 5):
    {skip}
    loss = F.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("guard", "skip"),
    [
        ("if h.dim() == 1: h = h.unsqueeze(0)", "pass"),
        ("h = h if h.ndim == 2 else h[None]", "pass"),
        ("pass", "if len(x) == 1: continue"),
    ],
)
def test_a_script_that_asks_for_sizes_goes_another_way(guard, skip):
    assert "squeezed_by_chance" not in slugs(BRANCHES.format(guard=guard, skip=skip), "")


SCALARS = """
from torch.utils.data import DataLoader, TensorDataset

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.layer = nn.GRU(3, 7), nn.Linear(7, 1)

    def one(self, row):
        out = self.rnn(row[:, None])[0].squeeze()
        return self.layer(out.softmax(0) * out).sum()

    def forward(self, x):
        return torch.stack([self.one(row) for row in x])

model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in DataLoader(TensorDataset(torch.randn(21, 5, 3), torch.randn(21)), 5, shuffle=True):
    loss = F.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_the_steps_of_one_sample_are_no_samples_though_they_are_as_many():
    assert slugs(SCALARS, "") == []
