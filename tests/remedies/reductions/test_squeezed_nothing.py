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


TURNED = """
    strips, read = nn.Conv2d(1, 6, (8, 2), stride=(8, 2)), nn.GRU(6, 5, batch_first=True)
    rows = strips(torch.rand(3, 1, 8, 14)).squeeze({}).transpose(1, 2)
    print(round(read(rows)[0].sum().item(), 4))
"""


def test_what_has_no_name_and_is_turned_behind_is_squeezed_where_it_is_one():
    found = mended(TURNED.format(-1), most=1)
    assert not found.doubts
    assert found.output == printed(TURNED.format(2))
