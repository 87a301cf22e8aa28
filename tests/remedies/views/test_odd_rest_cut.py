"""Steps that are merged in groups, where some are left over."""

import pytest
from mended import mended, printed

MERGED = """
    x = torch.rand(4, {steps}, 3)
    n, t, f = x.shape
    half = t // 2
    print(round({line}.softmax(-1)[:, -1].sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("steps", "line", "cut"),
    [
        (7, "x{}.reshape(n, t // 2, 2 * f)", "[:, :6]"),
        (7, "x{}.reshape(n, half, 2 * f)", "[:, :6]"),
        (11, "x{}.reshape(n, t // 4, 4, f)", "[:, :8]"),
    ],
)
def test_what_is_left_over_is_cut_off(steps, line, cut):
    found = mended(MERGED.format(steps=steps, line=line.format("")), most=1)
    assert found.output == printed(MERGED.format(steps=steps, line=line.format(cut)))
    assert not found.doubts


def test_a_width_that_does_not_go_with_it_is_left():
    found = mended(MERGED.format(steps=7, line="x.reshape(n, t // 2, 5 * f)"), most=1)
    assert not any("// 2 * 2" in edit.replacement for fix in found.diagnoses[0].fixes for edit in fix.edits)
