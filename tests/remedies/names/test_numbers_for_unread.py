"""A number that is written in the place of a name which nobody reads."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Cell(nn.Module):
        def __init__(self):
            super().__init__()
            self.gate = nn.Linear(3 + 5, 5)

        def begin(self, rows):
            return torch.zeros(rows, 5)

        def forward(self, x, h):
            return torch.tanh(self.gate(torch.cat([x, h], dim=1)))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell = Cell()

        def forward(self, x):
            {names} = x.shape
            h = self.cell.begin({number})
            for t in range(steps):
                h = self.cell(x[:, t], h)
            return h

    torch.manual_seed(1)
    net = Net()
    for x in torch.randn(10, 6, 3).split(4):
        out = net(x)
    print(out.shape, round(out.sum().item(), 4))
"""


def test_the_name_is_read():
    found = mended(PROGRAM.format(names="n, steps, _", number="4"))
    assert found.output == printed(PROGRAM.format(names="n, steps, _", number="n"))
    assert found.changed == ["h = self.cell.begin(n)"]
    assert not found.doubts


@pytest.mark.parametrize(("names", "number"), [("_, steps, width", "4"), ("_, steps, n", "4")])
def test_a_name_of_another_size_is_not(names, number):
    found = mended(PROGRAM.format(names=names, number=number), most=1)
    assert not any(
        "begin(width)" in edit.replacement or "begin(n)" in edit.replacement
        for fix in found.diagnoses[0].fixes
        for edit in fix.edits
    )
