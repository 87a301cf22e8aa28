"""Parameters with an axis of the batch, in several ways of meeting it, beside rows that belong to somebody."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
from torch.utils.data import DataLoader, TensorDataset

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(8, 8)
        {kept}
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.lstm, self.cell = nn.LSTM(8, 8, batch_first=True), nn.GRUCell(8, 8)
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        x = self.embed(x)
        {used}
        return self.linear(self.attention(x, x, x)[0].mean(dim=1))


model, criterion = Model(), nn.CrossEntropyLoss()
data = TensorDataset(torch.randn(12, 7, 8), torch.randint(0, 5, (12,)))
batches = DataLoader(data, batch_size=4, shuffle={shuffle})
"""


@pytest.mark.parametrize(
    ("kept", "used"),
    [
        ("self.pos = nn.Parameter(torch.randn({}, 1, 8))", "x = x + self.pos"),
        ("self.pos = nn.Parameter(torch.randn({}, 8))", "x = self.pos.unsqueeze(1) + x"),
        ("self.register_parameter('scale', nn.Parameter(torch.ones({}, 7, 8)))", "x = x * self.scale"),
        ("self.cls = nn.Parameter(torch.randn({}, 1, 8))", "x = torch.cat([self.cls.expand(4, -1, -1), x], 1)"),
        (
            "self.h = nn.ParameterList(torch.zeros(1, {}, 8) for _ in range(2))",
            "x, _ = self.lstm(x, tuple(h.expand(-1, 4, -1).contiguous() for h in self.h))",
        ),
        ("self.h = nn.Parameter(torch.zeros({}, 8))", "x = self.cell(x[:, 0], self.h.expand(4, -1)).unsqueeze(1)"),
    ],
)
def test_a_parameter_with_a_row_for_each_place(kept, used):
    wrong = used.replace(".expand(4, -1, -1)", "").replace(".expand(4, -1)", "")
    wrong = wrong.replace(".expand(-1, 4, -1).contiguous()", "")
    found = slugs(PROGRAM.format(kept=kept.format(4), used=wrong, shuffle=True))
    assert found == ["parameter_along_batch"]
    assert slugs(PROGRAM.format(kept=kept.format(1), used=used, shuffle=True)) == []


PIECES = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.rows = nn.Linear(8, 8), nn.Parameter(torch.randn({size}))
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first={first})
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        h = self.layer(self.embed(x) + self.rows)
        return self.linear({read})


model, criterion = Model(), nn.CrossEntropyLoss()
x, y = torch.randn(12, 7, 8), torch.randint(0, 5, (12,))
batches = {batches}
"""
SPLIT, CUT = "[*zip(x.split(4), y.split(4))]", "[(x[at : at + 4], y[at : at + 4]) for at in (0, 4, 8)]"


@pytest.mark.parametrize(
    ("size", "first", "batches", "found"),
    [
        ("4, 1, 8", True, SPLIT, ["parameter_along_batch"]),
        ("4, 1, 8", True, CUT, ["parameter_along_batch"]),
        ("1, 7, 8", True, SPLIT, []),
        ("1, 1, 8", True, CUT, []),
        # One batch is all there is, or the same one every time.
        ("12, 1, 8", True, "[(x, y)] * 3", []),
        ("4, 1, 8", True, "[(x[:4], y[:4])] * 3", []),
        # Pieces of one long record of several series: with time in front the rows are for the steps.
        ("4, 1, 8", False, "[(x[at : at + 4], torch.randint(0, 5, (7,))) for at in (0, 4, 8)]", []),
    ],
)
def test_the_next_piece_of_all_samples_comes_to_the_same_rows(size, first, batches, found):
    read = "h.mean(1)" if first else "h.mean(0)"
    seen = slugs(PIECES.format(size=size, first=first, read=read, batches=batches))
    # Which axis the samples lie along without a batch in front is asked as well.
    assert [slug for slug in seen if first or slug == "parameter_along_batch"] == found


def test_samples_that_come_in_the_same_order_every_time():
    kept, used = "self.latent = nn.Parameter(torch.randn(4, 1, 8))", "x = x + self.latent"
    assert slugs(PROGRAM.format(kept=kept, used=used, shuffle=False)) == []


@pytest.mark.parametrize(
    ("kept", "used"),
    [
        # As many steps as samples.
        ("self.pos = nn.Parameter(torch.randn(7, 8))", "x = x + self.pos"),
        ("self.pos = nn.Parameter(torch.randn(1, 7, 8))", "x = x + self.pos"),
        ("self.pos = nn.Parameter(torch.randn(7, 1, 8))", "x = (x.transpose(0, 1) + self.pos).transpose(0, 1)"),
        # Four prototypes, of which each sample is told its distance.
        (
            "self.proto = nn.Parameter(torch.randn(4, 8))",
            "x = x + (x.mean(1, keepdim=True) - self.proto).norm(dim=2, keepdim=True).mean(1, keepdim=True)",
        ),
        # Four tokens in front.
        ("self.t = nn.Parameter(torch.randn(1, 4, 8))", "x = torch.cat([self.t.expand(len(x), -1, -1), x], 1)"),
        # Four heads.
        (
            "self.gate = nn.Parameter(torch.randn(4, 1, 2))",
            "x = (x.view(4, 7, 4, 2).transpose(1, 2) * self.gate).transpose(1, 2).reshape(4, 7, 8)",
        ),
    ],
)
def test_parameters_that_go_for_all_samples(kept, used):
    assert slugs(PROGRAM.format(kept=kept, used=used, shuffle=True)) == []


NAMED = """
class Model(nn.Module):
    def __init__(self, batch_size, lanes):
        super().__init__()
        self.embed, self.linear = nn.Linear(3, 8), nn.Linear(8, 5)
        self.place = nn.Parameter(torch.randn({size}, 1, 8))

    def forward(self, x):
        return self.linear(self.embed(x) + self.place).mean(1)


model, criterion = Model(4, 4), nn.CrossEntropyLoss()
batches = [(torch.randn(4, 6, 3), torch.randint(0, 5, (4,))) for _ in range(2)]
"""


@pytest.mark.parametrize(("size", "found"), [("batch_size", ["parameter_along_batch"]), ("lanes", []), ("1", [])])
def test_a_size_that_is_named_for_the_batch(size, found):
    assert slugs(NAMED.format(size=size)) == found
