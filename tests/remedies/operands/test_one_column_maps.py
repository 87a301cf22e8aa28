"""A map of one column goes without it to what goes along a single axis."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Titles(nn.Module):
        def __init__(self, width=6):
            super().__init__()
            self.convs = nn.ModuleList(nn.Conv2d(1, 4, {kernel}) for size in (2, 3))
            self.after, self.norm = nn.Conv1d(4, 4, 2), nn.BatchNorm1d(4)
            self.pool = nn.AdaptiveMaxPool1d(1)

        def forward(self, x):
            maps = [torch.relu(conv(x.unsqueeze(1))) for conv in self.convs]
            return torch.cat([{pooled} for each in maps], 1)


    print(round(Titles()(torch.randn(3, {sizes})).sum().item(), 4))
"""
POOLED = [
    "F.max_pool1d({}, each.size({axis})).squeeze(2)",
    "F.avg_pool1d({}, each.size({axis}))[:, :, 0]",
    "self.pool({}).squeeze(2)",
    "self.after({}).amax(2)",
    "self.norm({}).amax(2)",
]


@pytest.mark.parametrize("pooled", POOLED)
@pytest.mark.parametrize(("kernel", "sizes", "axis"), [("(size, width)", "9, 6", 3), ("(width, size)", "6, 9", 2)])
def test_the_column_is_left_out(pooled, kernel, sizes, axis):
    pooled = pooled.replace("{axis}", str(5 - axis))
    program = PROGRAM.format(kernel=kernel, sizes=sizes, pooled=pooled)
    found = mended(program.format("each"))
    assert found.output == printed(program.format(f"each.squeeze({axis})"))
    assert not found.doubts


def test_a_map_of_several_columns_has_none_to_leave_out():
    program = PROGRAM.format(kernel="(size, 2)", sizes="9, 6", pooled=POOLED[0].replace("{axis}", "2"))
    assert "squeeze(3)" not in mended(program.format("each"), most=1).text
