"""A cell that is given the whole state of the cell below it."""

import pytest
from mended import mended, printed

STACK = """
    class Stack(nn.Module):
        def __init__(self):
            super().__init__()
            self.cells = nn.ModuleList([nn.LSTMCell(4, 6), nn.LSTMCell(6, 5)])

        def forward(self, x):
            s = [(torch.zeros(3, c.hidden_size), torch.zeros(3, c.hidden_size)) for c in self.cells]
            for t in range(x.size(1)):
                step = x[:, t]
                for k, cell in enumerate(self.cells):
                    {line}
            return s[-1][0]

    torch.manual_seed(1)
    net = Stack()
    print(round(net(torch.rand(3, 7, 4)).sum().item(), 4))
"""
NEXT = "\n                    "


@pytest.mark.parametrize(
    "line",
    [
        "s[k] = cell(step if k == 0 else s[k - 1]{}, s[k])",
        "s[k] = cell(s[k - 1]{} if k else x[:, t], s[k])",
        f"below = s[k - 1]{{}} if k > 0 else step{NEXT}s[k] = cell(below, s[k])",
        f"s[k] = cell(step, s[k]){NEXT}step = s[k]{{}}",
    ],
)
def test_it_is_given_what_that_one_gave_alone(line):
    found = mended(STACK.format(line=line.format("")), most=1)
    assert found.output == printed(STACK.format(line=line.format("[0]")))
    assert not found.doubts
