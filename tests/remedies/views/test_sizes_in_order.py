"""Two sizes of a view in each other's place, by which axes are cut apart and mixed."""

import pytest
from mended import mended, printed

ROWS = """
    x = torch.randn(12, 8)
    layer = nn.GRU(8, 5, batch_first=True)
    n, steps = 3, 4
    print(round(layer(x.view({}))[0].sum().item(), 4))
"""
OUTSIDE = """
    class Points(nn.Module):
        def __init__(self):
            super().__init__()
            self.mix = nn.Conv1d(3, 6, 1)

        def forward(self, cloud):
            return self.mix(cloud.transpose(1, 2)).amax(-1)


    clouds, net = torch.randn(2, 4, 11, 3), Points()
    n, t, points, xyz = clouds.shape
    print(round(net(clouds.reshape({})).sum().item(), 4))
"""
# The parts of one axis lie in the order that the layer in front was taught: nothing is mixed.
CUT = """
    x = torch.randn(3, 40)
    layer = nn.GRU(8, 5, batch_first=True)
    print(round(layer(x.view({}))[0].sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("program", "wrong", "right"),
    [
        (ROWS, "n, -1, steps", "n, steps, -1"),
        (ROWS, "8, steps, n", "n, steps, 8"),
        (OUTSIDE, "n * t, xyz, points", "n * t, points, xyz"),
    ],
)
def test_what_is_mixed_is_laid_out_in_the_other_order(program, wrong, right):
    found = mended(program.format(wrong), most=1)
    assert right in found.changed[0]
    assert not found.doubts
    assert found.output == printed(program.format(right))


def test_where_nothing_is_mixed_the_sizes_stay():
    found = mended(CUT.format("3, 8, -1"), most=1)
    assert not any("in the other order" in fix.title for fix in found.diagnoses[0].fixes)


MERGED = """
    spell, read = nn.EmbeddingBag(9, 6), nn.GRU(8, 4, batch_first=True)
    words, letters = torch.randn(2, 3, 2), torch.randint(9, (2, 3, 5))
    b, t = words.shape[:2]
    spelled = spell(letters.view({}, -1)).view(b, t, -1)
    print(round(read(torch.cat([words, spelled], dim=-1))[0].sum().item(), 4))
"""


def test_as_many_rows_are_merged_as_are_taken_apart_behind():
    found = mended(MERGED.format("t"), most=1)
    assert not found.doubts
    assert found.output == printed(MERGED.format("b * t"))
    # What else would make it run leaves the axes mixed.
    assert all(fix.doubt for fix in found.diagnoses[0].fixes[1:])


def test_what_takes_the_place_of_a_view_that_mixes_is_told_for_sure():
    program = """
        maps = torch.randn(4, 5, 3, 2)
        print(nn.Linear(30, 7)(maps.{}).shape)
    """
    found = mended(program.format("view(-1, maps.size(3) * 4)"), most=1)
    sure = [fix for fix in found.diagnoses[0].fixes if ".flatten(1)" in fix.edits[0].replacement]
    assert sure
    assert not sure[0].doubt
