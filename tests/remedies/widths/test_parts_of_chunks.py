"""Parts that a layer gives and others that they are cut into, and widths that are a few times what was told."""

import pytest
from mended import mended, printed

CELL = """
    class Cell(nn.Module):
        def __init__(self, n_in, n):
            super().__init__()
            self.gates = nn.Linear(n_in + n, {})
            self.peep = nn.Parameter(torch.rand(n))

        def forward(self, x, h, c):
            whole = self.gates(torch.cat([x, h], dim=1))
            i, f, g, o = whole.chunk(4, dim=1)
            c = f.sigmoid() * c + (i + self.peep * c).sigmoid() * g.tanh()
            return o.sigmoid() * c.tanh()


    print(round(Cell(3, 6)(torch.randn(2, 3), torch.zeros(2, 6), torch.ones(2, 6)).sum().item(), 4))
"""
PATHS = """
    class Paths(nn.Module):
        def __init__(self, maps=4, moves=3):
            super().__init__()
            wide = 2 * maps
            self.paths = nn.ModuleList(nn.Linear(maps, wide) for _ in range(3))
            self.read = nn.LSTM({}, 5, batch_first=True)
            self.move = nn.Linear(5, moves)

        def forward(self, x):
            out, _ = self.read(torch.cat([path(x) for path in self.paths], dim=-1))
            return self.move(out[:, -1])


    print(round(Paths()(torch.randn(2, 7, 4)).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("program", "wrong", "right"), [(CELL, "5 * n", "4 * n"), (CELL, "n * 3", "n * 4"), (PATHS, "wide", "3 * wide")]
)
def test_as_many_parts_as_there_are(program, wrong, right):
    found = mended(program.format(wrong), most=1)
    assert not found.doubts
    assert right in found.changed[0]
    assert found.output == printed(program.format(right))
