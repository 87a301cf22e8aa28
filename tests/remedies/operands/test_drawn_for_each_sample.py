"""One number for each sample, made without all the axes of what it meets."""

import pytest
from mended import mended, printed

MIXED = """
    real, fake = torch.rand(5, 7, 3), torch.rand(5, 7, 3)
    {line}
    print(round(z.sum().item(), 4))
"""


@pytest.mark.parametrize(
    "line",
    [
        "a = torch.rand(real.size(0), {}); z = a * real + (1 - a) * fake",
        "z = torch.lerp(fake, real, torch.rand(len(real), {}))",
        "a = torch.empty((real.shape[0], {})).uniform_(); z = a.expand_as(real) * real",
        "n, steps, width = real.shape; a = torch.rand(n, {}); a = a.expand(n, steps, width); z = a * real",
        "keep = (torch.rand(len(real), {}) > 0.3).float(); z = real * keep",
    ],
)
def test_it_gets_an_axis_of_one_for_each_of_them(line):
    found = mended(MIXED.format(line=line.format("1")), most=1)
    assert found.output == printed(MIXED.format(line=line.format("1, 1")))
    assert not found.doubts


@pytest.mark.parametrize(
    "line",
    [
        "a = torch.rand(len(real), 1)\n    b = a * torch.rand(5, 3)\n    z = b.sum() + a * real",
        "a = torch.zeros(len(real), 1); z = a * real",
        "a = torch.rand(4, 1); z = a * real",
    ],
)
def test_what_others_read_or_is_not_drawn_for_each_is_left(line):
    found = mended(MIXED.format(line=line), most=1)
    assert not any(", 1, 1)" in edit.replacement for fix in found.diagnoses[0].fixes for edit in fix.edits)
