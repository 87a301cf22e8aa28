"""Columns that were put one below the other."""

import pytest
from mended import mended, printed

TABLE = """
    columns = [torch.arange(19.0), torch.rand(19), torch.rand(19)]
    table = {made}
    wanted = torch.rand({rows})
    model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
    print(round(F.mse_loss(model(table).squeeze(1), wanted).item(), 3))
"""


@pytest.mark.parametrize("wrong", ["torch.stack(columns)", "torch.stack(columns, dim=0) * 1", "torch.vstack(columns)"])
def test_they_are_put_side_by_side(wrong):
    found = mended(TABLE.format(made=wrong, rows=19), most=1)
    assert found.output == printed(TABLE.format(made="torch.stack(columns, dim=1)", rows=19))
    assert not found.doubts


@pytest.mark.parametrize("rows", [3, 5])
def test_rows_that_nothing_else_has_as_many_of_are_left(rows):
    found = mended(TABLE.format(made="torch.stack(columns)", rows=rows), most=1)
    titles = [fix.title for each in found.diagnoses for fix in each.fixes]
    assert not {"dim=1", "table.t()"} & set(titles)
