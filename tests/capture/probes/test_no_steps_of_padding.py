"""Slots of a memory, or classes, of which there are as many as steps: where the steps are padding, these are none."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb, self.out = nn.Embedding(30, 8, padding_idx=0), nn.Linear(8, 6)
        self.slots = nn.Parameter(torch.randn(6, 8))

    def forward(self, items):
        keep = (items != 0).float().unsqueeze(-1)
        pooled = (self.emb(items) * keep).sum(1, keepdim=True) / keep.sum(1, keepdim=True)
        slots = self.slots.expand(len(items), -1, -1)
        {lines}
        return scores.squeeze(1).log()
model, criterion = Model(), nn.NLLLoss()
rows = torch.randint(1, 30, (3, 4, 6)) * (torch.arange(6) < torch.tensor([6, 5, 6, 6])[:, None])
batches = [(r, torch.randint(6, (4,))) for r in rows]
"""


@pytest.mark.parametrize(
    "lines",
    [
        "h = F.scaled_dot_product_attention(pooled, slots, slots); scores = self.out(h).sigmoid()",
        "h = (pooled @ slots.mT).softmax(-1) @ slots; scores = self.out(h).sigmoid()",
        "scores = self.out(pooled.squeeze(1)).softmax(-1)",
    ],
)
def test_what_is_no_step_is_no_padding(lines):
    assert slugs(PROGRAM.format(lines=lines)) == []
