"""Convolutions over rows of one channel whose kernels are as long as the features."""

from __future__ import annotations

import pytest
from programs import slugs

LETTERS = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.conv, self.out = nn.Embedding(11, 6), nn.Conv2d(1, 5, {kernel}), nn.Linear(5, 3)

    def forward(self, x):
        rows = self.table(x)
        rows = rows.{cut}.unsqueeze(1)
        maps = torch.relu(self.conv(rows)).flatten(2).amax(2)
        return self.out(maps.view(*x.shape[:2], 5).mean(1))


model, criterion = Model(), nn.CrossEntropyLoss()
batches = [(torch.randint(0, 11, (4, 7, 9)), torch.randint(0, 3, (4,))) for _ in range(2)]
"""


@pytest.mark.parametrize(
    ("kernel", "cut", "found"),
    [
        ("(6, 3)", "view(-1, 6, 9)", True),
        ("(6, 2)", "reshape(28, 6, -1)", True),
        ("(3, 6)", "view(-1, 9, 6)", False),
        ("(6, 3)", "view(-1, 9, 6).transpose(1, 2)", False),
        ("(6, 3)", "flatten(0, 1).mT", False),
        # Windows that go over both axes.
        ("(3, 3)", "view(-1, 9, 6)", False),
    ],
)
def test_a_kernel_as_long_as_the_features_reads_these(kernel, cut, found):
    assert slugs(LETTERS.format(kernel=kernel, cut=cut)) == ["features_reshaped"] * found
