"""A list of sizes that repeats one of them too seldom."""

import pytest
from mended import mended, printed

PROGRAM = """
    made, parts = torch.randn(2, 7, {width}), 4
    {names} = made.split([1] + [parts] * {times}, dim=-1)
    print(first.shape, b.shape, round(b.sum().item(), 4))
"""


@pytest.mark.parametrize("times", [2, 4])
def test_there_is_a_part_for_each_name(times):
    given = {"width": 13, "names": "first, a, b, c"}
    found = mended(PROGRAM.format(times=times, **given))
    assert found.output == printed(PROGRAM.format(times=3, **given))
    assert not found.doubts


@pytest.mark.parametrize(
    ("width", "names"),
    [
        # So many parts would not make the whole either.
        (14, "first, a, b, c"),
        # How many names there are is not said.
        (13, "first, b, *rest"),
    ],
)
def test_other_lists_are_left(width, names):
    found = mended(PROGRAM.format(width=width, names=names, times=2), most=1)
    assert not any(fix.title == "* 3" for fix in found.diagnoses[0].fixes)
