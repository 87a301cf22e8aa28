"""A side that is written down goes by the side of the pictures, which the class is told and never reads."""

import pytest
from mended import mended, printed

NET = """
    class Net(nn.Module):
        def __init__(self, width, {told}):
            super().__init__()
            self.maps = nn.Sequential(nn.Conv2d(1, width, 3, padding=1), nn.MaxPool2d(2), nn.MaxPool2d({pool}))
            {named}
            self.top = nn.Linear({given}, 3)

        def forward(self, x):
            return self.top(self.maps(x).flatten(1))


    torch.manual_seed(4)
    for side in {sides}:
        net = Net(5, side)
        print(round(net(torch.randn(2, 1, side, side)).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("named", "given", "good"),
    [
        ("rest = {}", "width * rest * rest", "side // 4"),
        ("rest = {}", "width * rest ** 2", "side // 4"),
        ("pass", "width * {0} * {0}", "(side // 4)"),
        ("area = {} ** 2", "area * width", "(side // 4)"),
    ],
)
@pytest.mark.parametrize("sides", ["(24, 32)", "(32,)"])
def test_it_is_the_part_that_the_layers_leave(named, given, good, sides):
    fields = {"told": "side", "pool": 2, "sides": sides}
    found = mended(NET.format(named=named.format(6), given=given.format(6), **fields))
    assert found.output == printed(NET.format(named=named.format(good), given=given.format(good), **fields))
    assert not found.doubts


@pytest.mark.parametrize(("pool", "named"), [(3, "rest = 7"), (2, "rest, self.side = 6, side")])
def test_a_side_of_other_parts_or_one_that_is_read_is_not_divided(pool, named):
    fields = {"told": "side", "pool": pool, "sides": "(32,)"}
    found = mended(NET.format(named=named, given="width * rest * rest", **fields), most=1)
    assert not any("side //" in fix.title for each in found.diagnoses for fix in each.fixes)
