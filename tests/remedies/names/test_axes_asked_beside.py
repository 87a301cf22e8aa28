"""A size that is asked along another axis than the line beside it asks."""

import pytest
from mended import mended, printed

CROP = """
    def crop(skip, small):
        dh = ({rows}) // 2
        dw = ({columns}) // 2
        return skip[:, :, dh : dh + small.shape[2], dw : dw + small.shape[3]]

    a, b = torch.randn(1, 2, 20, 64), torch.randn(1, 2, 12, 50)
    print(torch.cat([crop(a, b), b], 1).sum(dim=(2, 3)).round(decimals=3).tolist())
"""
ROWS, COLUMNS = "skip.size(2) - small.size(2)", "skip.size(3) - small.size(3)"


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        (ROWS, "skip.size(3) - small.size(2)"),
        (ROWS, "skip.shape[3] - small.shape[2]"),
    ],
)
def test_both_are_asked_along_the_same_axis(rows, columns):
    found = mended(CROP.format(rows=rows, columns=columns))
    assert found.output == printed(CROP.format(rows=ROWS, columns=COLUMNS))
    assert not found.doubts


def test_a_difference_without_another_beside_it_is_left():
    program = """
        a, b = torch.randn(9, 6), torch.randn(5, 9)
        n = a.size(0) - b.size(1) + 2
        print(torch.cat([a[:n], b[:, :6]], 1).shape)
    """
    found = mended(program, most=1)
    assert not any(fix.title.startswith(("a.size", "b.size")) for fix in found.diagnoses[0].fixes)
