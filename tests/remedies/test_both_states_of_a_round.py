"""Both names that a cell gives its states in each round are handed to it in the next one."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Ahead(nn.Module):
        def __init__(self):
            super().__init__()
            self.read, self.cell, self.top = nn.LSTM(2, 5, batch_first=True), nn.LSTMCell(2, 5), nn.Linear(5, 2)

        def forward(self, x):
            _, (h, c) = self.read(x)
            {start}
            x, said = x[:, -1], []
            for _ in range(3):
                h, c = self.cell(x, {state})
                x = x + self.top(h)
                said.append(x{more})
            return torch.stack(said, 1)

    print(round(Ahead()(torch.randn(4, 6, 2)).sum().item(), 4))
"""


@pytest.mark.parametrize("start", ["h, c = h[-1], c[-1]", "h = h[-1]; c = c[-1]", "h, c = h.squeeze(0), c.squeeze(0)"])
def test_what_keeps_a_state_what_it_is_does_not_read_it(start):
    found = mended(PROGRAM.format(start=start, state="h", more=""))
    assert found.output == printed(PROGRAM.format(start=start, state="(h, c)", more=""))
    assert not found.doubts


def test_a_name_that_is_read_for_something_else_leaves_a_doubt():
    program = PROGRAM.format(start="h, c = h[-1], c[-1]", state="h", more=" + c.mean()")
    found = mended(program, most=1)
    assert found.changed == ["h, c = self.cell(x, (h, torch.zeros_like(h)))"]
    assert found.doubts == ["the cell state of each round would be forgotten in the next one"]
