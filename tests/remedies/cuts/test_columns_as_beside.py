"""A column of a table keeps its axis where the lines beside it keep it."""

import pytest
from mended import mended, printed

PROGRAM = """
    def overlap(one, other):
        wide = torch.min({first}, {second}) - torch.max(one[:, {kept}], other[:, 0])
        return wide.clamp(min=0).sum(1)


    one, other = torch.rand(7, 4).sort(1)[0], torch.rand(3, 4).sort(1)[0]
    print(overlap(one, other).sum().item())
"""


@pytest.mark.parametrize("kept", ["0:1", ":1", "0, None"])
def test_the_column_keeps_its_axis_as_the_others_do(kept):
    found = mended(PROGRAM.format(first="one[:, 2]", second="other[:, 2]", kept=kept))
    assert found.diagnoses[0].fixes[0].title == "one[:, 2:3]"
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(first="one[:, 2:3]", second="other[:, 2]", kept=kept))


def test_a_column_that_no_line_keeps_is_left():
    found = mended(PROGRAM.format(first="one[:, 2]", second="other[:, 2]", kept="0"))
    assert not any(":3]" in fix.title for found in found.diagnoses for fix in found.fixes)


def test_a_column_that_is_kept_for_itself_tells_nothing_of_pairs():
    program = """
        def apart(one, other):
            first = one[:, 0:1].mean()
            return first + (one[:, 2] - other[:, 2]).sum()


        print(apart(torch.rand(7, 4), torch.rand(3, 4)).item())
    """
    found = mended(program)
    assert found.changed == ["return first + (one[:, 2:3] - other[:, 2]).sum()"]
    assert found.doubts == [
        "the other column is not met by one with its axis, and the rows may be meant to go together"
    ]
