"""Rows are viewed by the width of their own tensor, not of another one."""

import pytest
from mended import mended, printed

PROGRAM = """
    def apart(left, right, one, other):
        wide = left.{asked}
        rows, others = left.reshape(-1, wide), right.reshape(-1, {width})
        total = 0.0
        for x, y in zip(rows.split(4), others.split(4)):
            total = total + (one(x) - other(y)).abs().sum()
        return total


    print(round(apart(torch.rand(3, 4, 6), torch.rand(3, 4, 9), nn.Linear(6, 2), nn.Linear(9, 2)).item(), 4))
"""


@pytest.mark.parametrize(("asked", "own"), [("size(-1)", "right.size(-1)"), ("shape[2]", "right.shape[-1]")])
def test_the_width_of_the_tensor_itself(asked, own):
    found = mended(PROGRAM.format(asked=asked, width="wide"))
    assert found.diagnoses[0].fixes[0].title == f"wide -> {own}"
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(asked=asked, width=own))


def test_a_layer_for_the_other_tensor_is_no_reason():
    program = PROGRAM.replace("nn.Linear(9, 2)", "nn.Linear(5, 2)")
    found = mended(program.format(asked="size(-1)", width="wide"), most=1)
    assert not any("right.size(-1)" in fix.title for fix in found.diagnoses[0].fixes)
