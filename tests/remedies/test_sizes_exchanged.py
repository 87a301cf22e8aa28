"""Behind a view that names the sizes in another order than the numbers lie no turn is put: its sizes are exchanged."""

import pytest
from mended import mended, printed

PLANES = """
    class Generator(nn.Module):
        def __init__(self):
            super().__init__()
            self.width, self.net = 10, nn.ConvTranspose2d(10, 4, 4)

        def forward(self, z):
            return self.net(z.{view})

    out = Generator()(torch.randn(6, 10))
    print(out.shape, round(out.std().item(), 4))
"""
ROWS = """
    class Bottleneck(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.fc = nn.BatchNorm1d(10), nn.Linear(10, 3)

        def forward(self, x):
            x = x.{view}
            return self.fc(self.norm(x))

    out = Bottleneck()(torch.randn(6, 10, 1, 1))
    print(out.shape, round(out.std().item(), 4))
"""


@pytest.mark.parametrize(
    ("program", "wrong", "right"),
    [
        (PLANES, "view(self.width, -1, 1, 1)", "view(-1, self.width, 1, 1)"),
        (PLANES, "reshape(10, z.size(0), 1, 1)", "reshape(z.size(0), 10, 1, 1)"),
        (ROWS, "view(x.size(1), x.size(0))", "view(x.size(0), x.size(1))"),
        (ROWS, "reshape(x.shape[1], x.shape[0])", "reshape(x.shape[0], x.shape[1])"),
    ],
)
def test_the_sizes_change_places(program, wrong, right):
    found = mended(program.format(view=wrong))
    assert found.output == printed(program.format(view=right))
    assert found.text.count(".transpose") == 0


def test_a_view_in_the_order_in_which_the_numbers_lie_is_turned():
    program = """
        x, layer = torch.randn(6, 40), nn.Conv1d(8, 3, 2)
        rows = x.view(6, 5, 8)
        out = layer({rows})
        print(out.shape, round(out.std().item(), 4))
    """
    found = mended(program.format(rows="rows"))
    assert found.output == printed(program.format(rows="rows.transpose(1, 2)"))
