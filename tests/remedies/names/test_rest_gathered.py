"""More parts than names, one of which is gone over as a list."""

import pytest
from mended import mended, printed

PROGRAM = """
def measured(x, y):
    gap = (x - y).abs()
    return gap.mean(), {parts}


loss, {star}rest = measured(torch.rand(5, 4), torch.rand(5, 4))
print(loss.item(), {read})
"""
NUMBERS = "gap.max().item(), gap.min().item(), 3"


@pytest.mark.parametrize(
    ("parts", "read"),
    [
        (NUMBERS, 'dict(zip(["a", "b", "c"], rest))'),
        (NUMBERS, "[each for each in rest]"),
        (NUMBERS, "*rest"),
        ("gap[:2], gap[2:]", "torch.cat(rest).shape"),
    ],
)
def test_it_gets_all_that_has_no_name(parts, read):
    found = mended(PROGRAM.format(star="", parts=parts, read=read))
    assert found.output == printed(PROGRAM.format(star="*", parts=parts, read=read))
    assert found.diagnoses[0].slug == "parts_counted_otherwise"
    assert not found.doubts


@pytest.mark.parametrize(
    ("parts", "read"),
    [("gap[:2], gap[2:]", "len(rest)"), ("[1, 2], gap", "[each for each in rest]"), (NUMBERS, "rest")],
)
def test_the_rows_of_one_part_may_be_gone_over(parts, read):
    found = mended(PROGRAM.format(star="", parts=parts, read=read), most=1)
    assert not any("*" in fix.title for fix in found.diagnoses[0].fixes) or found.doubts
