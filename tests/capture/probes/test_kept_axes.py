"""Reductions without keepdim in the middle of a model, beside tables of all pairs that are meant."""

from __future__ import annotations

import pytest
import torch
from forwards import Forward
from programs import audited, slugs
from torch import nn
from torch.nn.functional import mse_loss

from shapecheck import audit


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def seen(forward, layers, x, y, loss=mse_loss):
    found = audit(Forward(forward, **layers), loss, (x, y)).diagnoses
    return [one.slug for one in found]


def maps():
    return {"colours": nn.Conv2d(2, 3, 1), "alpha": nn.Conv2d(2, 1, 1)}


def fused(keepdim, reduce):
    def forward(model, x):
        colours = model.colours(x)
        top = reduce(colours, keepdim)
        bottom = reduce(colours * colours, keepdim)
        return ((model.alpha(x) * 0.1 + top) / (bottom.abs() + 0.1)).mean((1, 2, 3))

    return forward


REDUCE = [
    lambda x, keepdim: torch.sum(x, 1, keepdim=keepdim),
    lambda x, keepdim: x.mean(dim=1, keepdim=keepdim),
    lambda x, keepdim: x.max(1, keepdim=keepdim).values,
    lambda x, keepdim: x.norm(dim=1, keepdim=keepdim),
]


@pytest.mark.parametrize("reduce", REDUCE)
@pytest.mark.parametrize("keepdim", [False, True])
def test_maps_that_lost_their_channels(reduce, keepdim):
    slugs = seen(fused(keepdim, reduce), maps(), torch.randn(4, 2, 5, 6), torch.randn(4))
    assert slugs == ([] if keepdim else ["axis_lost_by_reduction"])


def rows():
    return {"one": nn.Linear(6, 1), "two": nn.Linear(6, 5)}


def test_a_column_against_a_row_in_the_middle_of_a_model():
    def forward(model, x):
        return (model.one(x) + model.two(x).mean(1)).tanh().mean(1)

    assert "axis_lost_by_reduction" in seen(forward, rows(), torch.randn(8, 6), torch.randn(8))


MEANT = [
    lambda model, x: (model.two(x).sum(1).unsqueeze(1) - model.two(x).sum(1)).tanh(),
    lambda model, x: (model.two(x).sum(1)[:, None] + model.two(x).mean(1)).tanh(),
    lambda model, x: (model.two(x).sum(1, keepdim=True) - model.two(x.flip(1)).sum(1)).tanh(),
]


@pytest.mark.parametrize("table", MEANT)
def test_tables_of_all_pairs(table):
    def loss(out, y):
        return (out - (y[:, None] - y)).pow(2).mean()

    assert "axis_lost_by_reduction" not in seen(table, rows(), torch.randn(8, 6), torch.randn(8), loss)


def test_an_attention_between_all_rows():
    def forward(model, x):
        scores = model.one(x) + model.two(x).mean(1)
        return (scores.softmax(1) @ x).mean(1)

    assert "axis_lost_by_reduction" not in seen(forward, rows(), torch.randn(8, 6), torch.randn(8))


STANDARDISED = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.head = nn.GRU(3, 5, batch_first=True), nn.Linear(5, 2)

    def forward(self, x):
        return self.head(self.rnn(x)[0][:, -1])


def prepared(x):
    {prepared}


model, criterion = Model(), nn.CrossEntropyLoss()
"""
STEPS = """
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    x, y = torch.randn(8, 8, 3) + 2, torch.randint(0, 2, (8,))
    loss = criterion(model(prepared(x)), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
PREPARED = [
    (
        "return (x - x.mean(dim=1)) / x.std(dim=1)",
        ["return (x - x.mean(dim=1, keepdim=True)) / x.std(dim=1, keepdim=True)"],
    ),
    (
        "mu = torch.mean(x, 1, False)\n    scale = ((x - mu).pow(2).mean(1) + 0.1).sqrt()\n    return (x - mu) / scale",
        ["mu = torch.mean(x, 1, keepdim=True)", "scale = ((x - mu).pow(2).mean(1, keepdim=True) + 0.1).sqrt()"],
    ),
    (
        "scale, mu = torch.std_mean(x, dim=1)\n    return (x - mu).div(scale + 1e-6)",
        ["scale, mu = torch.std_mean(x, dim=1, keepdim=True)"],
    ),
    (
        "low = x.min(1).values\n    high = x.max(dim=1)[0]\n    return (x - low) / (high - low)",
        ["low = x.min(1, keepdim=True).values", "high = x.max(dim=1, keepdim=True)[0]"],
    ),
    (
        "x = x - x.median(1).values\n    return x / torch.linalg.vector_norm(x, 2, 1)",
        ["x = x - x.median(1, keepdim=True).values", "return x / torch.linalg.vector_norm(x, 2, 1, keepdim=True)"],
    ),
]


@pytest.mark.parametrize(("prepared", "edits"), PREPARED)
def test_windows_as_long_as_the_batch(prepared, edits):
    ((slug, found),) = audited(STANDARDISED.format(prepared=prepared), STEPS)
    assert slug == "axis_lost_by_reduction"
    assert [edit.strip() for edit in found] == edits


@pytest.mark.parametrize(
    "prepared",
    [
        "return (x - x.mean(dim=1, keepdim=True)) / x.std(1, keepdim=True)",
        "return (x - x.mean(1)[:, None]) / x.std(1)[:, None]",
        "return (x - x.mean((0, 1))) / x.std((0, 1))",
        "return (x.transpose(0, 1) - x.mean(1)).transpose(0, 1)",
    ],
)
def test_windows_standardised_as_they_should_be(prepared):
    assert "axis_lost_by_reduction" not in slugs(STANDARDISED.format(prepared=prepared), STEPS)


def test_pictures_as_wide_as_the_batch():
    program = """
    class Model(nn.Sequential):
        def forward(self, x):
            return super().forward(x / x.amax((1, 2, 3)))

    model = Model(nn.Conv2d(2, 3, 3), nn.Flatten(), nn.Linear(36, 2))
    criterion = nn.CrossEntropyLoss()
    batches = [(torch.rand(5, 2, 6, 5), torch.randint(0, 2, (5,))) for _ in range(3)]
    """
    ((slug, edits),) = audited(program)
    assert slug == "axis_lost_by_reduction"
    assert "x.amax((1, 2, 3), keepdim=True)" in edits[0]


DEGREES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Sequential(nn.Linear(10, 8), nn.Tanh(), nn.Linear(8, 3))

    def forward(self, edges):
        degrees = edges.sum(1)
        {lines}


model, criterion = Model(), nn.CrossEntropyLoss()
edges, labels = torch.rand(10, 10) + 0.1, torch.randint(0, 3, (10,))
{prepared}
batches = [(edges, labels)] * 3
"""
TURNED = "edges = edges + edges.T"


@pytest.mark.parametrize(
    ("lines", "prepared"),
    [
        ("return self.head(edges / degrees)", TURNED),
        ("return self.head(edges * degrees.reciprocal())", TURNED),
        ("part = edges * degrees.rsqrt()\n        return self.head(part * degrees.rsqrt().view(-1, 1))", ""),
        ("part = edges / degrees.sqrt()\n        return self.head(part / degrees.sqrt()[:, None])", ""),
        ("part = edges * degrees.rsqrt()\n        return self.head(torch.diag(degrees.rsqrt()) @ part)", ""),
    ],
)
def test_degrees_of_the_nodes_that_an_edge_joins(lines, prepared):
    assert slugs(DEGREES.format(lines=lines, prepared=prepared)) == []


@pytest.mark.parametrize("lines", ["return self.head(edges / degrees)", "return self.head(edges - degrees / 10)"])
def test_sums_of_rows_that_lie_along_the_columns_alone(lines):
    assert slugs(DEGREES.format(lines=lines, prepared="")) == ["axis_lost_by_reduction"]
