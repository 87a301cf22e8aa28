"""Rows of the width that a layer was told are not taken for one row of a larger width."""

import pytest
from mended import mended

PROGRAM = """
    net = nn.Sequential(nn.Conv1d(6, 3, 1), nn.Flatten({axis}), nn.Linear({width}, 2))
    print(net(torch.randn({sizes})).shape)
"""


@pytest.mark.parametrize(("axis", "sizes"), [("0", "4, 6, 5"), ("start_dim=0", "7, 6, 5")])
def test_all_rows_in_one_leave_the_width_in_doubt(axis, sizes):
    found = mended(PROGRAM.format(axis=axis, width=15, sizes=sizes))
    assert found.doubts or not found.diagnoses[0].fixes


def test_another_width_is_told_without_doubt():
    found = mended(PROGRAM.format(axis="1", width=14, sizes="4, 6, 5"))
    assert not found.doubts
    assert "nn.Linear(15, 2)" in found.text
