"""What a reduction left is stored with its axis: in its own place, or where it met a column."""

import pytest
from mended import mended, printed

PROGRAM = """
    def goals(net, now, then, gain, over):
        wanted = torch.zeros(len(now), 1)
        wanted[over] = gain[over]
        {best}
        wanted[~over] = gain[~over] + {then} * 0.9
        return ((net(now)[:, :1] - wanted) ** 2).mean()

    over = torch.arange(12) % 4 == 0
    print(goals(nn.Linear(6, 3), torch.randn(12, 6), torch.randn(12, 6), torch.randn(12, 1), over).item())
"""


@pytest.mark.parametrize(
    ("best", "then", "right"),
    [
        ("pass", "net(then[~over]).max(1)[0]", "net(then[~over]).max(1, keepdim=True)[0]"),
        ("best = net(then[~over]).max(dim=1).values", "best", "best.unsqueeze(1)"),
        ("best = net(then[~over])", "best.mean(-1)", "best.mean(-1, keepdim=True)"),
    ],
)
def test_the_axis_that_a_reduction_dropped_stays(best, then, right):
    found = mended(PROGRAM.format(best=best, then=then))
    assert found.output == printed(PROGRAM.format(best=best, then=right))
    assert found.diagnoses[0].slug == "axis_dropped_by_reduction"
    assert not found.doubts


def test_a_table_for_a_column_without_a_reduction_is_another_mistake():
    found = mended(PROGRAM.format(best="pass", then="net(then[~over])"), most=1)
    assert not any("keepdim" in fix.title for fix in found.diagnoses[0].fixes)


STORED = """
    x = torch.randn({shape})
    x[:, {places}] = {given}
    print(x.sum().item())
"""


@pytest.mark.parametrize(
    ("shape", "places", "given", "right"),
    [
        ("4, 7, 5", "2:5", "x[:, :2].mean(1)", "x[:, :2].mean(1, keepdim=True)"),
        ("5, 8, 6", ":3", "torch.mean(x[:, 3:], dim=1)", "torch.mean(x[:, 3:], dim=1, keepdim=True)"),
    ],
)
def test_a_mean_is_stored_along_the_axis_that_it_lost(shape, places, given, right):
    found = mended(STORED.format(shape=shape, places=places, given=given))
    assert found.output == printed(STORED.format(shape=shape, places=places, given=right))
    assert found.changed == [f"x[:, {places}] = {right}"]
    assert not found.doubts


def test_a_place_as_long_as_it_is_wide_may_have_lost_the_other_axis():
    found = mended(STORED.format(shape="4, 5, 5", places=":", given="x.mean(1)"), most=1)
    assert found.changed == ["x[:, :] = x.mean(1, keepdim=True)"]
    assert found.doubts == ["the place is as long as it is wide, and another axis may be meant"]
