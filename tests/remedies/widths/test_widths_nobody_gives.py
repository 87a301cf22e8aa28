"""A width that several layers take and that none gives."""

from mended import mended, printed

NET = """
    class Net(nn.Module):
        def __init__(self, n=5, actions=3, hidden=24):
            super().__init__()
            self.trunk = nn.Sequential(nn.Linear(n, {given}), nn.Tanh())
            self.pi, self.v = nn.Linear(hidden, actions), nn.Linear({value}, 1)

        def forward(self, x):
            h = self.trunk(x)
            return self.pi(h).sum() + {read}

    print(round(Net()(torch.rand(7, 5)).item(), 4))
"""


def test_the_layer_in_front_gives_what_the_others_take():
    parts = {"value": "hidden", "read": "self.v(h).sum()"}
    found = mended(NET.format(given="n", **parts), most=1)
    assert found.output == printed(NET.format(given="hidden", **parts))
    assert not found.doubts
    numbers = [fix for fix in found.diagnoses[0].fixes if fix.title == "24 -> 5"]
    assert all(fix.doubt for fix in numbers)


def test_one_layer_alone_may_be_what_is_wrong():
    found = mended(NET.format(given="n", value="n", read="self.v(x).sum()"), most=1)
    titles = [fix.title for fix in found.diagnoses[0].fixes]
    assert "out_features=hidden" not in titles


def test_a_layer_that_was_told_two_widths_is_left():
    found = mended(NET.format(given="4 + n", value="hidden", read="self.v(h).sum()"), most=1)
    titles = [fix.title for fix in found.diagnoses[0].fixes]
    assert "out_features=hidden" not in titles
