"""Widths that are the sum of joined parts, names that were written twice, and turns that come to another turn."""

import pytest
from mended import mended, printed

JOINED = """
    from types import SimpleNamespace


    class Speaker(nn.Module):
        def __init__(self, {arguments}):
            super().__init__()
            self.rnn = nn.{kind}(4, {width}, batch_first=True)
            self.head = nn.Linear({head}, 3)

        def forward(self, x, topic, mood):
            start = torch.cat([topic, mood], dim=1).unsqueeze(0)
            return self.head(self.rnn(x, {state})[0])

    torch.manual_seed(2)
    net = Speaker({given})
    print(net(torch.randn(6, 7, 4), torch.randn(6, 9), torch.randn(6, 5)).shape)
"""


@pytest.mark.parametrize(
    ("arguments", "given", "width", "changed"),
    [
        ("hidden, mood", "9, 5", "hidden", "hidden + mood"),
        ("cfg", "SimpleNamespace(hidden=9, mood=5)", "cfg.hidden", "cfg.hidden + 5"),
        ("hidden", "9", "hidden", "hidden + 5"),
    ],
)
@pytest.mark.parametrize(("kind", "state"), [("GRU", "start"), ("LSTM", "(start, torch.zeros_like(start))")])
def test_a_state_of_joined_parts(kind, state, arguments, given, width, changed):
    text = JOINED.format(arguments=arguments, given=given, kind=kind, width=width, head=width, state=state)
    if "mood" in arguments:
        text = text.replace("super().__init__()", "super().__init__(); self.other = nn.Linear(mood, 2)")
    found = mended(text)
    assert found.changed == [f"self.rnn = nn.{kind}(4, {changed}, batch_first=True)"]
    assert f"self.head = nn.Linear({changed}, 3)" in found.text
    assert found.output == "torch.Size([6, 7, 3])\n"


def test_a_setting_beside_the_one_that_was_read():
    row = {"kind": "GRU", "width": "cfg.hidden", "head": "cfg.hidden", "state": "start", "given": "CFG"}
    text = JOINED.format(arguments="cfg", **row).replace("torch.randn(6, 5)", "torch.randn(6, CFG.mood)")
    text = text.replace("    class Speaker", "    CFG = SimpleNamespace(hidden=9, mood=5)\n\n\n    class Speaker")
    assert "nn.GRU(4, cfg.hidden + cfg.mood, batch_first=True)" in mended(text).changed[0]


MAPS = """
    class Net(nn.Module):
        def __init__(self, {arguments}):
            super().__init__()
            self.conv = nn.Conv2d(1, 4, 3, stride=2, padding=1)
            flat = {flat}
            self.out = nn.{layer}

        def forward(self, x):
            return {call}

    torch.manual_seed(2)
    print(Net({given})(torch.randn(6, 1, 9, 14)).sum().item())
"""
TWICE, ONCE = "4 * ((rows + 1) // 2) * ((rows + 1) // 2)", "4 * ((rows + 1) // 2) * ((columns + 1) // 2)"


@pytest.mark.parametrize(
    ("layer", "call"),
    [
        ("Linear(flat, 3)", "self.out(self.conv(x).flatten(1))"),
        ("GRU(flat, 3, batch_first=True)", "self.out(self.conv(x).flatten(1).unsqueeze(1))[0]"),
    ],
)
def test_a_side_that_was_taken_twice(layer, call):
    row = {"arguments": "rows, columns", "given": "9, 14", "layer": layer, "call": call}
    found = mended(MAPS.format(flat=TWICE, **row))
    assert found.changed == [f"flat = {ONCE}"]
    assert found.output == printed(MAPS.format(flat=ONCE, **row))


def test_a_side_that_is_read_elsewhere_is_no_neighbour_left_out():
    row = {"arguments": "rows, columns", "given": "9, 14", "layer": "Linear(flat, 3)"}
    text = MAPS.format(flat=TWICE, call="self.out(self.conv(x).flatten(1))", **row)
    text = text.replace("super().__init__()", "super().__init__(); self.columns = columns")
    assert f"flat = {ONCE}" not in mended(text, most=1).changed


TURNED = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.start, self.out = nn.Linear(2, 8), nn.Linear(8, 4)
            self.rnn = nn.GRU(3, 8, batch_first=True)

        def forward(self, x, side):
            steps = {turn}
            return self.out(self.rnn(steps, self.start(side).unsqueeze(0))[0])

    print(Net()({x}, torch.randn(6, 2)).shape)
"""


@pytest.mark.parametrize(
    ("turn", "x", "once"),
    [
        ("x.permute(2, 0, 1)", "torch.randn(6, 3, 11)", "x.permute(0, 2, 1)"),
        ("x.transpose(0, 1)", "torch.randn(6, 11, 3)", "x"),
        ("x.permute((1, 0, 2))", "torch.randn(6, 11, 3)", "x"),
    ],
)
def test_a_turn_that_the_layer_does_not_want_is_undone(turn, x, once):
    fixes = mended(TURNED.format(turn=turn, x=x), most=1).diagnoses[0].fixes
    assert f"steps = {once}" in [edit.replacement.strip() for fix in fixes for edit in fix.edits]


PLACES = """
    class Net(nn.Module):
        def __init__(self, wide):
            super().__init__()
            self.conv = nn.Conv2d(3, wide, 4, stride=4)
            self.head = nn.Sequential(nn.Flatten(), nn.Linear({width}, 5))

        def forward(self, x):
            return self.head(self.conv(x))


    print(round(Net(6)(torch.rand(2, 3, 20, 12)).sum().item(), 4))
"""


def test_of_a_flattened_map_the_places_are_counted_as_well_as_the_channels():
    found = mended(PLACES.format(width="wide"))
    assert found.changed == ["self.head = nn.Sequential(nn.Flatten(), nn.Linear(wide * 5 * 3, 5))"]
    assert found.output == printed(PLACES.format(width="15 * wide"))
    assert not found.doubts
