"""Numbers drawn in the shape of another tensor than the one that they meet."""

import pytest
from mended import mended, printed

SAMPLED = """
    h, spread = torch.rand(7, 30), torch.rand(7, 6)
    {line}
    print(round(z.sum().item(), 4))
"""


@pytest.mark.parametrize(
    "line",
    [
        "z = spread.exp() * torch.randn_like({})",
        "eps = torch.randn_like({}); z = eps * spread",
        "z = torch.zeros_like({}) + torch.exp(0.5 * spread)",
    ],
)
def test_they_are_drawn_like_what_they_meet(line):
    found = mended(SAMPLED.format(line=line.format("h")), most=1)
    assert found.output == printed(SAMPLED.format(line=line.format("spread")))
    assert not found.doubts


def test_a_name_that_comes_later_is_not_read():
    program = "h = torch.rand(7, 30)\n    eps = torch.randn_like(h)\n    late = torch.rand(7, 6)\n    z = eps * late"
    found = mended(SAMPLED.format(line=program), most=1)
    assert "randn_like(late)" not in [fix.title for each in found.diagnoses for fix in each.fixes]


def test_two_names_that_fit_leave_it_open():
    program = "other = torch.rand(7, 6)\n    z = (spread + other) * torch.randn_like(h)"
    found = mended(SAMPLED.format(line=program), most=1)
    assert not any("randn_like(" in fix.title for each in found.diagnoses for fix in each.fixes)


MASKED = """
    wave = torch.randn(4, 60)
    x = nn.Conv1d(1, 5, 6, 3)(wave.unsqueeze(1)).transpose(1, 2)
    {more}
    masked = torch.rand({given}) < 0.4
    print(x[masked].shape, round(x[masked].sum().item(), 4))
"""


@pytest.mark.parametrize("given", ["wave.shape", "wave.size()"])
def test_a_mask_is_drawn_for_what_it_picks_from(given):
    found = mended(MASKED.format(given=given, more=""))
    assert found.output == printed(MASKED.format(given="x.shape[:2]", more=""))
    assert not found.doubts


def test_a_mask_of_written_sizes_is_left():
    found = mended(MASKED.format(given="4, 60", more=""), most=1)
    assert not any("x.shape" in fix.title for fix in found.diagnoses[0].fixes)
