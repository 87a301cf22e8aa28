"""One column of a table for a number a row, as the same call takes it for another argument."""

import pytest
from mended import mended, printed

PROGRAM = """
    def averaged(losses, weights, total):
        return (losses * weights).sum() / total


    weights = torch.tensor([1.0, 0.5, 0.0, 2.0, 1.0])[:, None].expand(-1, 3)
    print(round(averaged(torch.arange(5.0), {weights}, {total}).item(), 4))
"""


@pytest.mark.parametrize("total", ["weights[:, 1].sum()", "max(1.0, weights[:, 1].sum().item())"])
def test_the_column_that_is_taken_beside(total):
    found = mended(PROGRAM.format(weights="weights", total=total))
    assert found.diagnoses[0].fixes[0].title == "weights[:, 1]"
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(weights="weights[:, 1]", total=total))


def test_two_columns_beside_leave_a_doubt():
    found = mended(PROGRAM.format(weights="weights", total="(weights[:, 1] + weights[:, 2]).sum()"))
    assert found.doubts


def test_a_table_of_which_no_column_is_taken_is_left():
    found = mended(PROGRAM.format(weights="weights", total="weights.sum()"))
    assert not any("[:, " in fix.title for fix in found.diagnoses[0].fixes)
