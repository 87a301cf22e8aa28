"""Padding that a mask makes 0, or that nobody does, and that an attention gives a share all the same."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb, self.key, self.score = nn.Embedding(30, 8, padding_idx=0), nn.Linear(8, 8), nn.Linear(8, 1)
        self.attn = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, items):
        gone = items == 0
        n = items.shape[1]
        h = (self.emb(items) + self.key.weight[0]) * ~gone.unsqueeze(-1)
        later = torch.ones(n, n, dtype=torch.bool).triu(1)
        own = torch.eye(n, dtype=torch.bool)
        unseen = gone[:, None] & ~own
        {lines}
        return out @ self.emb.weight.t()
model = Model()
def criterion(scores, y):
    return F.cross_entropy(scores.flatten(0, -2), y.flatten(), ignore_index=0)
lengths = torch.tensor([3, 9, 5, 7])
rows = torch.randint(1, 30, (3, 4, 10)) * (torch.arange(10) >= 9 - lengths[:, None])
batches = [(r[:, :-1], (r[:, 1:] * (r[:, :-1] > 0)){targets}) for r in rows]
"""
MANUAL = "k = self.key(h); s = h @ k.transpose(1, 2); s = s.masked_fill({mask}, -1e9); out = s.softmax(-1) @ h + h"
POOL = "w = self.score(h).squeeze(-1){fill}.softmax(1); out = (w.unsqueeze(-1) * h).sum(1)"
SCALED = "k = self.key(h); out = h + F.scaled_dot_product_attention(h, k, k{mask})"
ATTENTION = "out = h + self.attn(h, h, h, attn_mask={mask})[0]"
CASES = [
    (ATTENTION, {"mask": "later"}, {"mask": "(later | unseen).repeat_interleave(2, 0)"}),
    (SCALED, {"mask": ", is_causal=True"}, {"mask": ", attn_mask=~(later | unseen)"}),
    (SCALED, {"mask": ""}, {"mask": ", attn_mask=~unseen"}),
    (MANUAL, {"mask": "later"}, {"mask": "later | unseen"}),
]


def told(lines, targets=""):
    return slugs(PROGRAM.format(lines=lines, targets=targets))


@pytest.mark.parametrize(("lines", "wrong", "right"), CASES)
def test_keys_that_are_zero_have_a_share(lines, wrong, right):
    assert told(lines.format(**wrong)) == ["padding_attended"]
    assert told(lines.format(**right)) == []


@pytest.mark.parametrize("mask", [", is_causal=True", ", attn_mask=~later", ""])
def test_scaled_products_of_what_is_not_blanked(mask):
    program = PROGRAM.replace(" * ~gone.unsqueeze(-1)", "")
    assert slugs(program.format(lines=SCALED.format(mask=mask), targets="")) == ["padding_attended"]
    assert slugs(program.format(lines=SCALED.format(mask=", attn_mask=~(later | unseen)"), targets="")) == []


def test_scores_of_zeros_have_a_share():
    assert told(POOL.format(fill=""), "[:, -1]") == ["padding_attended"]
    assert told(POOL.format(fill=".masked_fill(gone, -1e9)"), "[:, -1]") == []
