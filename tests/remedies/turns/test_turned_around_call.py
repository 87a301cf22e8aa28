"""A module that reads channels second, called with what has them last."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Smooth(nn.Module):
        def __init__(self, channels):
            super().__init__()
            self.conv = nn.Conv1d(channels, channels, 3, padding=1)

        def forward(self, {name}):
            return {more}self.conv({name}).relu()


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.smooth = nn.GRU(3, 8, batch_first=True), Smooth(8)
            self.head = nn.{head}

        def forward(self, x):
            seen, _ = self.rnn(x)
            return self.head({call})


    print(round(Net()(torch.randn(2, 5, 3)).mean().item(), 4))
"""


@pytest.mark.parametrize("name", ["x", "maps"])
@pytest.mark.parametrize("given", ["seen", "self.rnn(x)[0]"])
def test_it_is_turned_in_front_of_the_call_and_back_behind_where_a_layer_reads_the_features(name, given):
    way = {"name": name, "more": f"{name} + ", "head": "Linear(8, 4)"}
    found = mended(PROGRAM.format(call=f"self.smooth({given})", **way), most=1)
    assert not found.doubts
    right = f"self.smooth(({given}).transpose(1, 2)).transpose(1, 2)" if "." in given else ""
    right = right or f"self.smooth({given}.transpose(1, 2)).transpose(1, 2)"
    assert found.output == printed(PROGRAM.format(call=right, **way))
    assert found.diagnoses[0].slug == "channels_not_second"


def test_it_is_not_turned_back_where_the_next_layer_reads_channels_too():
    way = {"name": "x", "more": "x + ", "head": "Conv1d(8, 4, 1)"}
    found = mended(PROGRAM.format(call="self.smooth(seen)", **way), most=1)
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(call="self.smooth(seen.transpose(1, 2))", **way))


def test_whether_it_is_turned_back_is_in_doubt_where_what_follows_reads_either():
    found = mended(PROGRAM.format(call="self.smooth(seen)", name="x", more="x + ", head="Identity()"), most=1)
    titles = {each.title for each in found.diagnoses[0].fixes if each.doubt}
    turned = "self.smooth(seen.transpose(1, 2))"
    assert {turned, f"{turned}.transpose(1, 2)"} <= titles


def test_another_number_of_channels_is_in_doubt_where_another_axis_holds_them():
    text = PROGRAM.format(call="self.smooth(seen)", name="x", more="x + ", head="Linear(8, 4)")
    found = mended(text.replace("Smooth(8)", "Smooth(8 * 1)"), most=1)
    numbers = [each for each in found.diagnoses[0].fixes if "in_channels" in each.title or "->" in each.title]
    assert all(each.doubt for each in numbers)
