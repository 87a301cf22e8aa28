"""Masks that are copied once for each head, beside heads that were folded with the batch."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from shapecheck import audit

HEADS = 3


class Folded(nn.Module):
    def __init__(self, is_outer):
        super().__init__()
        self.embed = nn.Embedding(9, 12, padding_idx=0)
        self.q, self.k, self.v = nn.Linear(12, 12), nn.Linear(12, 12), nn.Linear(12, 12)
        self.head = nn.Linear(12, 4)
        self.is_outer = is_outer

    def fold(self, x):
        batch, steps, _ = x.shape
        cut = x.view(batch, steps, HEADS, 4)
        cut = cut.permute(2, 0, 1, 3) if self.is_outer else cut.permute(0, 2, 1, 3)
        return cut.reshape(batch * HEADS, steps, 4)

    def forward(self, ids):
        x = self.embed(ids)
        scores = torch.bmm(self.fold(self.q(x)), self.fold(self.k(x)).transpose(1, 2)) / 2
        mask = self.copied(ids.eq(0).unsqueeze(1).expand(-1, ids.size(1), -1))
        out = torch.bmm(scores.masked_fill(mask, -1e9).softmax(-1), self.fold(self.v(x)))
        if self.is_outer:
            out = out.view(HEADS, len(ids), -1, 4).permute(1, 2, 0, 3)
        else:
            out = out.view(len(ids), HEADS, -1, 4).transpose(1, 2)
        real = ids.ne(0).unsqueeze(-1)
        return self.head((out.flatten(2) * real).sum(1) / real.sum(1))


class Under(Folded):
    def copied(self, mask):
        return mask.repeat(HEADS, 1, 1)


class Beside(Folded):
    def copied(self, mask):
        return mask.repeat_interleave(HEADS, dim=0)


CASES = [
    (Under, False, "return mask.repeat_interleave(HEADS, dim=0)"),
    (Beside, True, "return mask.repeat(HEADS, 1, 1)"),
    (Under, True, None),
    (Beside, False, None),
]


@pytest.mark.parametrize(("kind", "is_outer", "edit"), CASES)
def test_masks_stand_in_the_order_of_the_heads(kind, is_outer, edit):
    torch.manual_seed(0)
    ids = torch.randint(1, 9, (10, 7))
    for row, length in enumerate([7, 4, 5, 2, 7, 3, 6, 5, 2, 4]):
        ids[row, length:] = 0
    found = audit(kind(is_outer), cross_entropy, (ids, torch.arange(10) % 4)).diagnoses
    if edit is None:
        assert not found
        return
    assert [one.slug for one in found] == ["copies_in_another_order"]
    assert found[0].fixes[0].edits[0].replacement.strip() == edit
    assert found[0].place.line == found[0].fixes[0].edits[0].line
