"""Maps that are filled up by differences that are named: half of its own before each axis, and the rest behind."""

import pytest
from mended import mended, printed

UP = """
    class Join(nn.Module):
        def __init__(self):
            super().__init__()
            self.up = nn.ConvTranspose2d(5, 3, 2, stride=2)
        def forward(self, deep, skip):
            deep = self.up(deep)
            {named}
            deep = F.pad(deep, {sizes})
            return {joined}
    torch.manual_seed(2)
    out = Join()(torch.randn(2, 5, 4, 6), torch.randn(2, 3, 11, 15))
    print(tuple(out.shape), round((out * torch.arange(15.0)).sum().item(), 3))
"""
SIZES = "dy, dx = skip.size(2) - deep.size(2), skip.size(3) - deep.size(3)"
SHAPES = "dy = skip.shape[-2] - deep.shape[-2]\n            dx = skip.size()[3] - deep.size()[3]"
GOOD = "[dx // 2, dx - dx // 2, dy // 2, dy - dy // 2]"
JOINED = "torch.cat([skip, deep], dim=1)"


@pytest.mark.parametrize("named", [SIZES, SHAPES])
@pytest.mark.parametrize("joined", [JOINED, "skip + deep"])
@pytest.mark.parametrize(
    "sizes",
    [
        "[dx // 2, dx // 2, dy // 2, dy // 2]",
        "2 * [dy // 2, dy // 2]",
        "(dx // 2, dx - dx // 2, dx // 2, dx - dx // 2)",
    ],
)
def test_each_axis_is_filled_by_its_own_difference(named, joined, sizes):
    found = mended(UP.format(named=named, sizes=sizes, joined=joined))
    assert found.output == printed(UP.format(named=named, sizes=GOOD, joined=joined))
    assert not found.doubts


@pytest.mark.parametrize("sizes", ["[dx, 0, dx, 0]", "[1, dx // 2, 1, 1]"])
def test_what_is_filled_by_other_parts_is_left_alone(sizes):
    found = mended(UP.format(named=SIZES, sizes=sizes, joined=JOINED), most=1)
    assert not any(GOOD in fix.title for each in found.diagnoses for fix in each.fixes)


def test_one_that_was_filled_and_one_that_is_resized_leave_a_doubt():
    program = UP.format(named=SIZES, sizes="[1, 2, 1, 1]", joined=JOINED)
    found = mended(program)
    assert found.output == "crashed" or found.doubts
