"""Parts that a loop goes through, cut along another axis than the one that is squeezed."""

import pytest
from mended import mended, printed

PARTS = """
    class Parts(nn.Module):
        def __init__(self):
            super().__init__()
            self.read, self.cell = nn.Linear(3, 5), nn.GRUCell(5, 6)

        def forward(self, x):
            state = torch.zeros({rows}, 6)
            for part in {cut}:
                state = self.cell(self.read(part.squeeze({axis})), state)
            return state

    print(round(Parts()(torch.randn(4, 7, 3)).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("cut", "meant"),
    [
        ("x.split(1, dim=0)", "x.split(1, dim=1)"),
        ("torch.split(x, 1, 0)", "torch.split(x, 1, 1)"),
        ("x.split(1)", "x.split(1, dim=1)"),
    ],
)
def test_the_parts_are_cut_along_the_axis_that_is_squeezed(cut, meant):
    found = mended(PARTS.format(rows="x.size(0)", cut=cut, axis=1))
    assert found.output == printed(PARTS.format(rows="x.size(0)", cut=meant, axis=1))
    assert not found.doubts


def test_where_the_state_goes_with_the_rows_of_a_part_the_squeeze_may_be_wrong():
    found = mended(PARTS.format(rows="x.size(1)", cut="x.split(1, dim=0)", axis=1))
    assert found.doubts or found.output == printed(PARTS.format(rows="x.size(1)", cut="x.split(1, dim=0)", axis=0))
