"""What is stored under a mask of rows: a column that met a row is no table."""

import pytest
from mended import mended, printed

PROGRAM = """
    def goals(net, now, then, gain, over):
        wanted = torch.zeros(len(now), 1)
        wanted[over] = gain[over]
        {best}
        wanted[~over] = gain[~over] + {then} * 0.9
        return ((net(now)[:, :1] - wanted) ** 2).mean()

    over = torch.arange(12) % 4 == 0
    print(goals(nn.Linear(6, 3), torch.randn(12, 6), torch.randn(12, 6), torch.randn(12, 1), over).item())
"""


@pytest.mark.parametrize(
    ("best", "then", "right"),
    [
        ("pass", "net(then[~over]).max(1)[0]", "net(then[~over]).max(1, keepdim=True)[0]"),
        ("best = net(then[~over]).max(dim=1).values", "best", "best.unsqueeze(1)"),
        ("best = net(then[~over])", "best.mean(-1)", "best.mean(-1, keepdim=True)"),
    ],
)
def test_the_axis_that_a_reduction_dropped_stays(best, then, right):
    found = mended(PROGRAM.format(best=best, then=then))
    assert found.output == printed(PROGRAM.format(best=best, then=right))
    assert found.diagnoses[0].slug == "axis_dropped_by_reduction"
    assert not found.doubts


def test_a_table_for_a_column_without_a_reduction_is_another_mistake():
    found = mended(PROGRAM.format(best="pass", then="net(then[~over])"), most=1)
    assert not any("keepdim" in fix.title for fix in found.diagnoses[0].fixes)


ROWS = """
    rows = [[3, 1, 2], [4, 4, 1, 2, 5], [2]]
    table = torch.zeros(len(rows), {width}, dtype=torch.long)
    for at, row in enumerate(rows):
        table[at] = torch.tensor(row + [0] * (max(map(len, rows)) - len(row)))
    print(table.sum(0))
"""


def test_a_table_whose_rows_do_not_fit_either_way_is_not_turned():
    fixes = mended(ROWS.format(width="len(rows) + 1"), most=1).diagnoses[0].fixes
    assert not any(":, at" in fix.title or "(len(rows) + 1, len(rows))" in fix.title for fix in fixes)


def test_a_table_whose_columns_they_are_is_turned():
    program = ROWS.replace("len(rows), {width}", "{shape}")
    found = mended(program.format(shape="5, len(rows)"))
    assert found.output == printed(program.format(shape="len(rows), 5"))
