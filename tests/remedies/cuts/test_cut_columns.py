"""The first directions of a decomposition: rows were cut where columns were meant."""

import pytest
from mended import mended, printed

PROGRAM = """
    x = torch.randn(20, 7)
    {made}
    print((x @ {cut}).abs().sum(0))
"""


@pytest.mark.parametrize(
    ("made", "right"),
    [
        ("u, s, v = torch.svd(x)", "v[:, :3]"),
        ("s, v = torch.linalg.eigh(x.t() @ x)", "v[:, :3]"),
        ("u, s, v = torch.linalg.svd(x)", "v[:3].t()"),
    ],
)
def test_where_the_directions_lie_is_known_of_what_gives_them(made, right):
    found = mended(PROGRAM.format(made=made, cut="v[:3]"))
    assert found.output == printed(PROGRAM.format(made=made, cut=right))
    assert not found.doubts


def test_of_a_square_matrix_of_unknown_make_both_are_in_doubt():
    found = mended(PROGRAM.format(made="v = torch.randn(7, 7)", cut="v[:3]"), most=1)
    assert all(fix.doubt for fix in found.diagnoses[0].fixes)


def test_rows_of_a_table_that_is_not_square_are_turned():
    found = mended(PROGRAM.format(made="v = torch.randn(9, 7)", cut="v[:3]"))
    assert found.output == printed(PROGRAM.format(made="v = torch.randn(9, 7)", cut="v[:3].t()"))
    assert not found.doubts


def test_a_tensor_times_itself_may_be_meant_either_way():
    found = mended("x = torch.randn(5, 3)\nprint((x @ x).shape)", most=1)
    assert {fix.title for fix in found.diagnoses[0].fixes if fix.doubt} >= {"x.t()"}
    assert all(fix.verified == "call" for fix in found.diagnoses[0].fixes if fix.title == "x.t()")
