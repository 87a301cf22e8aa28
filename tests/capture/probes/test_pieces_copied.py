"""Items of several rows each, such as pictures in patches, whose rows are copied one by one or item by item."""

from __future__ import annotations

import pytest
from programs import slugs

KIND = "copies_in_another_order"
BODY = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch, self.word, self.head = nn.Linear(3, 4), nn.Linear(2, 4), nn.Linear(4, 1)

    def forward(self, patches, words):
        seen = self.patch(patches).view(len(words), 5, 4)
        return self.head(torch.cat([seen, self.word(words)], 1)).mean(1)

model = Model()
for _ in range(2):
    patches, words = torch.randn({count} * 5, 3), torch.randn({count}, 2, 2)
    out = model({patches}, words.repeat_interleave(3, 0))
    F.mse_loss(out, torch.randn({count} * 3, 1)).backward()
"""


@pytest.mark.parametrize(
    ("count", "patches", "is_told"),
    [
        (1, "patches.repeat_interleave(3, 0)", True),
        (2, "patches.repeat_interleave(3, dim=0)", True),
        (2, "patches.repeat(3, 1)", True),
        (1, "patches.repeat(3, 1)", False),
        (2, "patches.view(2, 5, 3).repeat_interleave(3, 0).flatten(0, 1)", False),
    ],
)
def test_rows_of_an_item_stay_together(count, patches, is_told):
    assert (KIND in slugs(BODY.format(count=count, patches=patches), "")) is is_told
