"""Two columns in a sum with a table of pairs, one of which stands for the columns of the table."""

import pytest
from mended import mended, printed

PROGRAM = """
    rows, columns = nn.Linear(6, 1), nn.Linear(6, 1)
    c, q = torch.randn(2, 9, 6), torch.randn(2, 4, 6)
    s = {text}
    print(s.shape, round(s.sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (
            "rows(c) + columns(q) + c @ q.transpose(1, 2)",
            "rows(c) + columns(q).transpose(1, 2) + c @ q.transpose(1, 2)",
        ),
        (
            "rows(q) + columns(c) + torch.bmm(c, q.transpose(1, 2))",
            "rows(q).transpose(1, 2) + columns(c) + torch.bmm(c, q.transpose(1, 2))",
        ),
    ],
)
def test_the_product_tells_which_is_a_row(wrong, right):
    found = mended(PROGRAM.format(text=wrong))
    assert found.output == printed(PROGRAM.format(text=right))
    assert not found.doubts


def test_without_a_table_nothing_says_that_it_is_one():
    found = mended(PROGRAM.format(text="rows(c) + columns(q)"), most=1)
    assert not any("transpose(1, 2)" in fix.title and not fix.doubt for fix in found.diagnoses[0].fixes)
