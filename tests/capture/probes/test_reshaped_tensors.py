"""Tensors of data that were cut to the sizes of turned ones: windows that unfold made, and what a table picked."""

from __future__ import annotations

import pytest
from programs import audited, lines_told, slugs

WINDOWS = """
series = torch.randn(60, 3).cumsum(0)
windows = series.unfold(0, 8, 1)[:-1]
x = {cut}
y = series[8:]


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.walk, self.out = nn.GRU(3, 6, batch_first=True), nn.Linear(6, 3)

    def forward(self, x):
        return self.out({read})


model, criterion = Model(), nn.MSELoss()
batches = [(x[at], y[at]) for at in torch.randperm(52)[:45].split(15)]
"""
WALKED = "self.walk(x)[0][:, -1]"


@pytest.mark.parametrize("cut", ["windows.reshape(-1, 8, 3)", "windows.reshape(len(windows), 8, -1)"])
def test_windows_that_unfold_made_are_turned_and_not_cut(cut):
    ((slug, edits),) = audited(WINDOWS.format(cut=cut, read=WALKED))
    assert slug == "features_reshaped"
    assert edits == ["x = windows.permute(0, 2, 1)\n"]
    assert slugs(WINDOWS.format(cut="windows.permute(0, 2, 1)", read=WALKED)) == []


@pytest.mark.parametrize(
    ("cut", "read"),
    [
        # All in one row, and cut as it was.
        ("windows.reshape(-1, 24)", "self.walk(x.view(-1, 3, 8).transpose(1, 2))[0][:, -1]"),
        # Nobody knows which axes numbers have that are read as they came.
        ("torch.randn(52, 3, 8).reshape(-1, 8, 3)", WALKED),
    ],
)
def test_windows_that_may_be_cut(cut, read):
    assert slugs(WINDOWS.format(cut=cut, read=read)) == []


@pytest.mark.parametrize(
    ("cut", "is_told"),
    [
        ("windows.reshape(-1, SEEN, series.size(1))", True),
        ("windows.reshape(len(windows), SEEN, -1)", True),
        ("windows.transpose(1, 2)", False),
        # Numbers may as well be those of two steps that are one.
        ("windows.reshape(-1, 8, 4)", False),
    ],
)
def test_windows_that_are_a_multiple_of_the_features_and_named_like_those_of_unfold(cut, is_told):
    program = WINDOWS.replace("60, 3", "60, 4").replace("GRU(3", "GRU(4").replace("(6, 3)", "(6, 4)")
    program = "SEEN = 8\n" + program.replace("unfold(0, 8, 1)", "unfold(0, SEEN, 1)")
    assert slugs(program.format(cut=cut, read=WALKED)) == ["features_reshaped"] * is_told


NEIGHBOURS = """
from torch.utils.data import DataLoader, Dataset


class Stations(Dataset):
    def __init__(self, series, near):
        self.series = series
        distance = torch.rand(series.shape[1], series.shape[1])
        self.near = distance.topk(near, dim=1).indices.t()

    def __len__(self):
        return len(self.series) - 9

    def __getitem__(self, at):
        seen = self.series[at : at + 8][:, self.near]
        return {cut}, self.series[at + 8]


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.walk, self.out = nn.GRU({near}, 6, batch_first=True), nn.Linear(6, 1)

    def forward(self, x):
        rows = x.transpose(1, 2).reshape(-1, x.shape[1], x.shape[3])
        return self.out(self.walk(rows)[0][:, -1]).view(len(x), -1)


model, criterion = Model(), nn.MSELoss()
batches = DataLoader(Stations(torch.randn(60, 6).cumsum(0), {near}), batch_size=17)
"""


@pytest.mark.parametrize(
    ("cut", "near"),
    [
        ("seen.reshape(8, self.near.size(1), self.near.size(0))", 3),
        ("seen.reshape(seen.shape[0], seen.shape[2], seen.shape[1])", 2),
        # Of these sizes none is a multiple of the other.
        ("seen.reshape(-1, 6, 4)", 4),
    ],
)
def test_what_a_table_picked_for_each_channel(cut, near):
    program = NEIGHBOURS.format(cut=cut, near=near)
    assert slugs(program) == ["features_reshaped"]
    assert lines_told(program) == [f"return {cut}, self.series[at + 8]"]
    assert slugs(NEIGHBOURS.format(cut="seen.swapaxes(1, 2)", near=near)) == []


def test_rows_of_two_that_may_be_one():
    assert slugs(NEIGHBOURS.format(cut="seen.reshape(8, 6, 3)", near=3)) == []
