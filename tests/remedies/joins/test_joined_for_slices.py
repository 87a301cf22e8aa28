"""Tensors of several shapes that are joined to one row, which is cut and laid out again where it is read."""

import pytest
from mended import mended, printed

PROGRAM = """
    def masks(counts):
        found = []
        for n, m in counts:
            found.append(torch.ones(n, m).tril())
        return torch.cat({parts})

    counts, at, total = [(2, 3), (3, 5), (4, 2)], 0, 0.0
    row = masks(counts)
    for n, m in counts:
        total += {read}.sum()
        at += n * m
    print(round(total.item(), 4))
"""
LAID = "(torch.arange(1.0, m + 1) * row[at:at + n * m].view(n, m))"


def test_each_is_laid_flat_where_the_row_is_cut_and_laid_out_again():
    found = mended(PROGRAM.format(parts="found", read=LAID), most=1)
    assert found.changed == ["return torch.cat([each.flatten() for each in found])"]
    assert found.output == printed(PROGRAM.format(parts="[each.flatten() for each in found]", read=LAID))
    assert not found.doubts


@pytest.mark.parametrize("read", ["row[at:at + n]", "row.view(-1)"])
def test_rows_that_are_read_otherwise_are_not_laid_flat(read):
    found = mended(PROGRAM.format(parts="found", read=read), most=1)
    assert not any("flatten" in fix.title for fix in found.diagnoses[0].fixes)


PARTS = """
    parts = [{parts}]
    row = torch.cat(parts{along})
    print(round(row[:6].view(-1).sum().item(), 4))
"""


def test_parts_that_fit_along_another_axis_are_joined_along_that():
    told = "torch.randn(8, 4), torch.randn(8, 6)"
    found = mended(PARTS.format(parts=told, along=""), most=1)
    assert found.output == printed(PARTS.format(parts=told, along=", dim=1"))


def test_one_that_lies_otherwise_than_the_others_may_have_to_be_turned():
    assert mended(
        PARTS.format(parts="torch.randn(3, 5), torch.randn(3, 5), torch.randn(5, 3)", along=""), most=1
    ).doubts
