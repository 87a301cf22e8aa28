"""Items that are pooled together: samples of batches of one size, or points of sets that have any number of them."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.head = nn.Linear(3, 8), nn.Linear(16, 2)

    def forward(self, x):
        made = self.layer(x).relu()
        pooled = made.max(dim=0, keepdim=True).values.expand_as(made)
        return self.head(torch.cat([made, pooled], dim=1))


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for count in {counts}:
    x, y = torch.randn(count, 3), torch.randn(count, 2)
    loss = F.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("counts", "is_told"),
    [
        ((6, 6, 6), True),
        # The last batch is smaller.
        ((6, 6, 4), True),
        ((6, 4, 6), True),
        ((6, 4), True),
        ((6, 9, 7), False),
    ],
)
def test_what_batches_have_in_common(counts, is_told):
    assert slugs(PROGRAM.format(counts=counts), "") == ["reduced_along_batch"] * is_told
