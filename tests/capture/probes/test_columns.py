"""Columns that are looked up in tables of their own, of different sizes."""

from __future__ import annotations

import pytest
import torch
from programs import slugs

from shapecheck.capture.recording.columns import of_own_columns

TABLES = """
SIZES = {sizes}


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.tables = nn.ModuleList([nn.Embedding(size, 6) for size in SIZES])
        self.head = nn.Sequential(nn.Linear(18, 8), nn.ReLU(), nn.Linear(8, 1))

    def forward(self, rows):
        found = torch.stack([table(rows[:, at]{cast}) for at, table in enumerate(self.tables)]{along})
        return self.head(found.reshape(len(rows), -1)).squeeze(1)


model, criterion = Model(), nn.MSELoss()
batches = []
for _ in range(3):
    rows = torch.stack([torch.randint(size, (12,)) for size in SIZES], 1){made}
    batches.append((rows, torch.randn(12)))
"""


@pytest.mark.parametrize("sizes", ["(5, 40, 3)", "(9, 9, 9)", "(2, 1000, 30)"])
@pytest.mark.parametrize(("cast", "made"), [("", ""), (".long()", ".float()")])
def test_tables_that_are_stacked_in_front_of_the_samples_scramble_them(sizes, cast, made):
    program = TABLES.format(sizes=sizes, cast=cast, made=made, along="")
    assert slugs(program) == ["reshaped_instead_of_permuted"]


@pytest.mark.parametrize("sizes", ["(5, 40, 3)", "(9, 9, 9)"])
@pytest.mark.parametrize(("cast", "made"), [("", ""), (".long()", ".float()")])
def test_tables_that_are_stacked_behind_the_samples_are_right(sizes, cast, made):
    assert slugs(TABLES.format(sizes=sizes, cast=cast, made=made, along=", dim=1")) == []


def test_each_number_is_exchanged_for_one_of_its_column():
    value = torch.tensor([[0, 30, 7], [1, 20, 7], [2, 10, 7]])
    other = value.clone()
    other[1] = torch.tensor([30, 30, 0])
    found = of_own_columns(value, other)
    assert torch.equal(found[[0, 2]], value[[0, 2]])
    assert found[1, 0].item() in (0, 2)
    assert found[1, 1].item() in (10, 30)
    # The third column has nothing else to offer.
    assert found[1, 2].item() == 7
