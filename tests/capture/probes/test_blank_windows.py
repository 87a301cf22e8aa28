"""The largest over steps of which a mask has blanked the padding: what is made of that alone may be the largest."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb, self.each, self.out = nn.Embedding(20, 8), nn.Linear(8, 8), nn.Linear(8, 3)
        self.conv, self.plain = nn.Conv1d(8, 8, 3), nn.Conv1d(8, 8, 3, bias=False)

    def forward(self, ids):
        keep = (ids != 0).unsqueeze(-1)
        h = self.emb(ids)
        {lines}
        return self.out(h)


model, criterion = Model(), nn.CrossEntropyLoss()
rows = torch.randint(1, 20, (3, 9, {steps})) * (torch.arange({steps}) < torch.tensor({lengths})[:, None])
batches = [(row, torch.randint(0, 3, (9,))) for row in rows]
"""
ENDS = [3, 5, 4, 12, 3, 6, 4, 3, 5]
CONV = "h = self.{conv}((h * keep).mT).relu().amax(2)"
EACH = "h = (self.each(h).{squash}() * keep).max(dim=1).values"
INSIDE = "h = self.conv((h * keep).mT).relu().masked_fill(~keep[:, 2:].mT, -1).amax(2)"


@pytest.mark.parametrize(
    ("lines", "steps", "found"),
    [
        (CONV.format(conv="conv"), 12, True),
        (CONV.format(conv="plain"), 12, False),
        # All rows have filler at their ends, as many steps in every batch.
        (CONV.format(conv="conv"), 15, False),
        (INSIDE, 12, False),
        (EACH.format(squash="tanh"), 12, True),
        (EACH.format(squash="relu"), 12, False),
    ],
)
def test_places_that_no_real_step_has_a_part_in(lines, steps, found):
    assert slugs(PROGRAM.format(lines=lines, steps=steps, lengths=ENDS)) == (["padding_pooled"] if found else [])
