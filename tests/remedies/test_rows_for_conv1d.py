"""Rows of features before a Conv1d are channels at one place, or the steps of one sample: both are left open."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.top = nn.Conv1d(6, 5, {kernel}), nn.Linear(5, 2)

        def forward(self, x):
            return self.top(torch.relu(self.conv({given})).mean(-1))

    print(round(Net()(torch.randn(4, 6)).sum().item(), 4))
"""


@pytest.mark.parametrize("kernel", ["3, padding=1", "1"])
def test_each_row_stays_a_sample_in_doubt(kernel):
    found = mended(PROGRAM.format(kernel=kernel, given="x"))
    assert found.output == printed(PROGRAM.format(kernel=kernel, given="x[:, :, None]"))
    assert found.doubts
