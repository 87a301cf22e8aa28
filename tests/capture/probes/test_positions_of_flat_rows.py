"""Positions of rows that lie one behind the other, repeated as the rows run and the other way round."""

from __future__ import annotations

import pytest
from programs import audited, slugs

MODEL = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.places = nn.Embedding(30, 8), nn.Embedding(12, 8)
        self.between, self.last = nn.GRU(8, 8, batch_first=True), nn.Linear(8, 3)

    def forward(self, x):
        n, s = x.shape
        {forward}
        out, _ = self.between(h)
        return self.last(out[:, -1])


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randint(0, 30, (5, 7)), torch.randint(0, 3, (5,))) for _ in range(2)]
"""
FLAT = "h = (self.words(x).reshape(n * s, 8) + self.places({})).view(n, s, 8)"
IDS = "h = (self.words(x.flatten()) + self.places({})).unflatten(0, (n, s))"
TURNED = "h = (self.words(x.t().reshape(-1)) + self.places({})).view(s, n, 8).transpose(0, 1)"


@pytest.mark.parametrize(
    ("forward", "wrong", "right"),
    [
        (FLAT, "torch.arange(s).repeat_interleave(n)", "torch.arange(s).repeat(n)"),
        (IDS, "torch.arange(s).repeat_interleave(n, dim=0)", "torch.arange(s).tile(n)"),
        (IDS, "torch.arange(s)[:, None].expand(s, n).reshape(-1)", "torch.arange(s).expand(n, s).reshape(-1)"),
        (TURNED, "torch.arange(s).repeat(n)", "torch.arange(s).repeat_interleave(n)"),
    ],
)
def test_positions_by_the_order_of_the_rows(forward, wrong, right):
    assert slugs(MODEL.format(forward=forward.format(wrong))) == ["positions_along_batch"]
    assert slugs(MODEL.format(forward=forward.format(right))) == []


def test_the_edit_repeats_them_the_other_way():
    (_, edits), *_ = audited(MODEL.format(forward=FLAT.format("torch.arange(s).repeat_interleave(n)")))
    assert edits == [f"        {FLAT.format('torch.arange(s).repeat(n)')}\n"]


def test_rows_that_are_alike_or_all_unlike():
    for places in ("torch.zeros(n * s, dtype=torch.long)", "torch.arange(n * s) % 12", "torch.arange(n * s) // s"):
        assert slugs(MODEL.format(forward=FLAT.format(places))) == []
