"""Products that are summed up: of a column and a row by mistake, and of what was to meet all others."""

from __future__ import annotations

import pytest
from programs import lines_told, slugs

PROGRAM = """
gains, factors = torch.rand(9, 1), 0.9 ** torch.arange(9)
weights = torch.rand(9)
values = torch.zeros(8)
for t in range(8):
    n = 9 - t
    part = gains[t:]
    values[t] = {value}
model, criterion = nn.Sequential(nn.Linear(3, 1), nn.Flatten(0)), nn.MSELoss()
batches = [(torch.randn(8, 3), values) for _ in range(2)]
"""


@pytest.mark.parametrize(
    "value",
    ["(gains[t:] * factors[:n]).sum()", "torch.mul(factors[:n], part).mean()", "(part / (1 + weights[t:])).sum()"],
)
def test_a_column_meets_a_row(value):
    assert lines_told(PROGRAM.format(value=value)) == [f"values[t] = {value}"]


@pytest.mark.parametrize(
    "value",
    [
        "(gains[t:, 0] * factors[:n]).sum()",
        "(part.squeeze(-1) * factors[:n]).sum()",
        # All pairs are meant: an axis was put there, or each pair counts by itself.
        "(weights[t:][:, None] * factors[:n]).sum()",
        "(part - factors[:n]).abs().sum()",
        "(part * factors[:n]).amax(1).sum()",
        "(part * factors[:n]).tril().sum()",
        # As long as each other by chance, or always.
        "(gains[2:] * factors[:7]).sum()",
        "(part * factors[:1]).sum()",
    ],
)
def test_each_number_meets_its_own_or_all_are_meant(value):
    assert slugs(PROGRAM.format(value=value)) == []
