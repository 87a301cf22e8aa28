"""Sound, or an image, that goes into its convolutions turned, noticed by the layer behind that reads it by steps."""

import pytest
from mended import mended, printed

ONE = """
    class Front(nn.Module):
        def __init__(self, bands, channels=8):
            super().__init__()
            self.width = channels * (bands // 4)
            self.conv = nn.Sequential(
                nn.Conv2d(1, channels, 3, stride=2, padding=1),
                nn.ReLU(),
                nn.Conv2d(channels, channels, 3, stride=2, padding=1),
            )

        def forward(self, sound):
            maps = self.conv({given})
            count, channels, high, {wide} = maps.size()
            return maps.permute(0, 3, 1, 2).reshape(count, {wide}, channels * high)


    class Net(nn.Module):
        def __init__(self, bands):
            super().__init__()
            self.front = Front(bands)
            self.rnn = nn.LSTM(self.front.width, 5, batch_first=True)

        def forward(self, sound):
            return self.rnn(self.front(sound))[0]


    print(Net(40)(torch.randn(3, 96, 40)).sum())
"""

OTHER = """
    class Net(nn.Module):
        def __init__(self, bands):
            super().__init__()
            self.first = nn.Conv2d(1, 6, 5, stride=2, padding=2)
            self.second = nn.Conv2d(6, 12, 3, padding=1)
            self.head = nn.Linear(12 * (bands // 2), 5)

        def forward(self, {name}):
            x = torch.relu(self.first({given}))
            x = torch.relu(self.second(x))
            b, c, {high}, w = x.shape
            return self.head(x.view(b, c * {high}, w).transpose(1, 2))


    print(Net({bands})(torch.randn({shape})).sum())
"""
SOUND = {"name": "sound", "high": "f", "bands": 32, "shape": "3, 50, 32"}


@pytest.mark.parametrize(
    ("program", "given", "more"),
    [
        (ONE, "sound.unsqueeze(1)", {"wide": "steps"}),
        (OTHER, "sound[:, None]", SOUND),
    ],
)
def test_it_is_turned_where_it_becomes_a_map(program, given, more):
    found = mended(program.format(given=given, **more), most=1)
    right = f"{given}.transpose(2, 3)"
    assert found.diagnoses[0].fixes[0].title == right
    assert found.output == printed(program.format(given=right, **more))
    assert not found.doubts


@pytest.mark.parametrize(
    ("given", "more"),
    [
        # Images that come as maps: as well the axes may be taken in another order.
        ("image", {"name": "image", "high": "h", "bands": 32, "shape": "3, 1, 50, 32"}),
        # The script says that the axis which it reads as features is that of the steps.
        ("sound[:, None]", SOUND | {"high": "frames"}),
    ],
)
def test_where_the_other_end_may_be_wrong_it_is_in_doubt(given, more):
    found = mended(OTHER.format(given=given, **more), most=1)
    assert found.diagnoses[0].fixes[0].title == f"{given}.transpose(2, 3)"
    assert found.doubts


@pytest.mark.parametrize("told", ["(1, 3), padding=(0, 1)", "3, padding=1, dilation=(1, 1), stride=[1, 1]"])
def test_convolutions_that_know_their_axes_may_be_right(told):
    program = OTHER.format(given="sound[:, None]", **SOUND).replace("12, 3, padding=1", f"12, {told}")
    found = mended(program, most=1)
    assert found.diagnoses[0].fixes[0].title == "sound[:, None].transpose(2, 3)"
    assert bool(found.doubts) == ("(1, 3)" in told)


@pytest.mark.parametrize(
    "more",
    [
        # The features are those that the formula counts; it counts them wrong.
        SOUND | {"shape": "3, 32, 50", "bands": "32 // 2"},
        SOUND | {"shape": "3, 50, 36"},
    ],
)
def test_where_the_steps_are_not_what_the_width_wants_nothing_is_turned(more):
    found = mended(OTHER.format(given="sound[:, None]", **more), most=1)
    assert not any("transpose(2, 3)" in fix.title for each in found.diagnoses for fix in each.fixes)


def test_a_number_in_place_of_what_names_come_to_is_in_doubt():
    program = """
        def width(bands, kept):
            return bands * 3 + kept

        class Net(nn.Module):
            def __init__(self, bands, kept):
                super().__init__()
                self.width = {width}
                self.head = nn.Linear(self.width, 5)

            def forward(self, x):
                return self.head(x)

        print(Net(7, 4)(torch.randn(3, 61)).shape)
    """
    for text, is_doubtful in (("width(bands, kept)", True), ("bands * kept - 1", True), ("7 * 4", False)):
        found = mended(program.format(width=text), most=1)
        literal = [fix for each in found.diagnoses for fix in each.fixes if fix.title == "61"]
        assert [bool(fix.doubt) for fix in literal] == [is_doubtful]
