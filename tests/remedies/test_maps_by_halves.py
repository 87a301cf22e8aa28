"""Maps that are cut or filled by half of the difference on either side, where the difference is odd."""

import pytest
from mended import mended, printed

CUT = """
    skip, up = torch.randn(2, 3, {rows}, 13), torch.randn(2, 4, 8, 12)
    top, left = (skip.size(2) - up.size(2)) // 2, (skip.size(3) - up.size(3)) // 2
    skip = skip[:, :, top : {bottom}, left : {right}]
    print(round(torch.cat((skip, up), dim=1).sum().item(), 4))
"""
FILLED = """
    skip, up = torch.randn(2, 3, 11, 13), torch.randn(2, 4, 8, 12)
    high, wide = skip.shape[2] - up.shape[2], skip.shape[3] - up.shape[3]
    {named}
    up = F.pad(up, {sizes})
    print(round((torch.cat([skip, up], dim=1)[:, :, ::2] ** 2).sum().item(), 4))
"""


@pytest.mark.parametrize("rows", [9, 10, 11])
@pytest.mark.parametrize("written", ["skip.size({})", "skip.shape[{}]"])
def test_a_map_is_cut_to_the_size_of_its_twin(rows, written):
    bad = {"bottom": f"{written.format(2)} - top", "right": f"{written.format(3)} - left"}
    good = {"bottom": "top + up.size(2)", "right": "left + up.size(3)"}
    assert mended(CUT.format(rows=rows, **bad)).output == printed(CUT.format(rows=rows, **good))


@pytest.mark.parametrize(
    ("named", "bad", "good"),
    [
        (
            "",
            "[wide // 2, wide // 2, high // 2, high // 2]",
            "[wide // 2, wide - wide // 2, high // 2, high - high // 2]",
        ),
        ("x, y = wide // 2, high // 2", "(x, x, y, y)", "(x, wide - x, y, high - y)"),
    ],
)
def test_a_map_is_filled_to_the_size_of_its_twin(named, bad, good):
    found = mended(FILLED.format(named=named, sizes=bad))
    assert found.output == printed(FILLED.format(named=named, sizes=good))
    assert not found.doubts


def test_a_border_that_is_no_half_is_left_alone():
    program = CUT.replace("(skip.size(2) - up.size(2)) // 2", "0").replace("(skip.size(3) - up.size(3)) // 2", "0")
    found = mended(program.format(rows=9, bottom="skip.size(2) - top", right="skip.size(3) - left"), most=1)
    assert not any("up.size(2)" in fix.title for fix in found.diagnoses[0].fixes)
