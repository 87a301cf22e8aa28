"""Copies along another axis than the items that they are held against."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.centres = nn.Linear(3, 6), nn.Parameter(torch.randn(1, 5, 1, 6))

    def forward(self, x):
        h = self.layer(x)[:, None, None]
        return {body}


model = Model()
batches = [(torch.randn(4, 3), None) for _ in range(2)]


def criterion(out, _):
    return {total}
"""

ASIDE = [
    ("(h.repeat(1, 1, 5, 1) - self.centres).square()", "(h - self.centres).square()"),
    ("(self.centres - torch.tile(h, (1, 1, 5, 1))).abs().flatten(1)", ""),
    ("torch.exp(h.repeat_interleave(5, dim=2) * self.centres)", "torch.exp(h * self.centres)"),
]
BESIDE = [
    "(h.repeat(1, 5, 1, 1) - self.centres).square()",
    # A table of pairs, which something else tells apart.
    "(h.repeat(1, 1, 5, 1) - self.centres + torch.arange(5)[:, None]).square()",
    "((h.repeat(1, 1, 5, 1) - self.centres) * self.centres.transpose(1, 2)).square()",
]


@pytest.mark.parametrize(("body", "edit"), ASIDE)
def test_copies_that_nothing_tells_apart_count_several_times(body, edit):
    ((slug, edits),) = audited(PROGRAM.format(body=body, total="out.sum()"))
    assert slug == "copies_beside_items"
    assert edit in edits[0] if edit else not edits
    # A mean of several of the same is the same.
    assert slugs(PROGRAM.format(body=body, total="out.mean()")) == []


@pytest.mark.parametrize("body", BESIDE)
def test_copies_beside_their_items_and_in_tables_of_pairs_are_meant(body):
    assert slugs(PROGRAM.format(body=body, total="out.sum()")) == []
