"""Maps made larger by a factor beside maps of an odd size, and differences of several sizes."""

import pytest
from mended import mended, printed

PYRAMID = """
    torch.manual_seed(1)
    large, small = torch.randn(2, 4, 25, 17), torch.randn(2, 4, 13, 9)
    print({together}.sum().item())
"""
UP = "F.interpolate(small, {told}, mode='nearest')"


@pytest.mark.parametrize("together", ["(large + {0})", "torch.cat([large, {0}], dim=1)"])
def test_as_large_as_what_it_is_beside(together):
    wrong = PYRAMID.format(together=together.format(UP.format(told="scale_factor=2")))
    found = mended(wrong)
    assert "size=large.shape[2:]" in found.changed[0]
    assert found.output == printed(PYRAMID.format(together=together.format(UP.format(told="size=(25, 17)"))))
    assert found.doubts == []


def test_maps_of_another_number_of_channels_are_not_resized():
    found = mended(PYRAMID.format(together="(large[:, :3] + F.interpolate(small, scale_factor=2)[:, :, :25, :17])"))
    assert not any("size=" in line for line in found.changed)


VARIATION = """
    torch.manual_seed(1)
    x = torch.rand(2, 3, 11, 14)
    rows = (x[:, :, 1:] - x[:, :, :-1]).abs()
    columns = (x[:, :, :, 1:] - x[:, :, :, :-1]).abs()
    print({loss}.item())
"""


@pytest.mark.parametrize("name", ["mean", "sum"])
def test_differences_along_two_axes_are_reduced_each_for_itself(name):
    found = mended(VARIATION.format(loss=f"(rows + columns).{name}()"))
    assert found.changed == [f"print((rows.{name}() + columns.{name}()).item())"] or found.changed == [
        f"print(rows.{name}() + columns.{name}().item())"
    ]
    assert found.output == printed(VARIATION.format(loss=f"(rows.{name}() + columns.{name}())"))


MEAN = """
    torch.manual_seed(1)
    seen, steps = torch.rand(4, 3), torch.rand(4, 6, 3)
    mean = steps.{mean}
    print((seen * mean).sum().item())
"""


@pytest.mark.parametrize("name", ["mean", "sum", "std"])
def test_the_axis_without_which_it_has_the_shape_of_the_other(name):
    found = mended(MEAN.format(mean=f"{name}(dim=2)"))
    assert found.changed == [f"mean = steps.{name}(dim=1)"]
    assert found.output == printed(MEAN.format(mean=f"{name}(dim=1)"))
    assert found.doubts == []


def test_of_two_axes_of_one_size_neither_is_sure():
    program = MEAN.replace("rand(4, 6, 3)", "rand(4, 4, 3)")
    found = mended(program.format(mean="mean(dim=2)"), most=1)
    assert found.changed == ["mean = steps.mean(dim=0)"]
    assert found.doubts == ["two of its axes are of one size, and either may be the one that is to go"]


def test_either_operand_may_be_reduced_along_the_wrong_axis():
    program = """
    steps, maps = torch.randn(3, 9, 6), torch.randn(3, 6, 9)
    print((steps.mean(1) + maps.mean(1)).shape)
    """
    found = mended(program, most=1)
    assert found.changed == ["print((steps.mean(2) + maps.mean(1)).shape)"]
    assert found.doubts == ["the other one may be what is reduced along the wrong axis"]


def test_maps_that_are_larger_by_far_may_be_the_wrong_ones():
    program = """
    skips = [torch.randn(2, 4, side, side) for side in (32, 16, 8)]
    x = torch.randn(2, 4, 4, 4)
    for skip in skips:
        x = F.interpolate(x, scale_factor=2)
        x = torch.cat([x, skip], dim=1)
    print(x.shape)
    """
    found = mended(program, most=1)
    assert not any("size=skip" in line for line in found.changed) or found.doubts
