"""What is stored in a table goes into its columns only where it fits these."""

from mended import mended, printed

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
