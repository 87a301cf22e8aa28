"""The other direction of a recurrent layer that was told half of the width that is read behind it."""

import pytest
from mended import mended, printed

PROGRAM = """
    settings = {{"wide": 8, "both": {flag}}}


    class Reader(nn.Module):
        def __init__(self, wide):
            super().__init__()
            self.rnn = nn.{kind}(5, {half}, batch_first=True{told})
            self.top = nn.Linear({read}, 3)

        def forward(self, x):
            out, state = self.rnn(x)
            return self.top({given})


    torch.manual_seed(0)
    print(Reader(settings["wide"])(torch.randn(2, 4, 5)).sum().item())
"""


def _of(**fields):
    usual = {"kind": "LSTM", "half": "wide // 2", "told": "", "flag": "False", "read": "wide", "given": "out.mean(1)"}
    return PROGRAM.format(**{**usual, **fields})


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
@pytest.mark.parametrize("half", ["wide // 2", "int(wide / 2)"])
def test_each_of_two_directions_has_half_of_the_width(kind, half):
    found = mended(_of(kind=kind, half=half))
    assert found.diagnoses[0].slug == "both_directions_forgotten"
    assert found.output == printed(_of(kind=kind, half=half, told=", bidirectional=True"))
    assert not found.doubts


def test_a_flag_that_is_false_is_set_where_it_is_written():
    told = ', bidirectional=settings["both"]'
    found = mended(_of(told=told))
    assert found.changed == ['settings = {"wide": 8, "both": True}']
    assert found.output == printed(_of(told=told, flag="True"))
    assert not found.doubts


def test_what_is_joined_of_it_is_as_many_times_as_wide():
    joined = {"read": "2 * wide", "given": "torch.cat([out.mean(1), out.amax(1)], dim=1)"}
    found = mended(_of(**joined))
    assert found.output == printed(_of(told=", bidirectional=True", **joined))
    assert not found.doubts


def test_another_width_says_nothing_of_directions():
    found = mended(_of(half="wide - 4"))
    assert not any("bidirectional" in fix.title for fix in found.diagnoses[0].fixes)


GIVEN = """
    class Decoder(nn.Module):
        def __init__(self, wide):
            super().__init__()
            self.rnn = nn.GRU(5, wide)
            self.top = nn.Linear(2 * wide, 3)

        def forward(self, x, state{default}):
            {line}
            out, state = self.rnn(x, state)
            return self.top(out)


    print(Decoder(8)(torch.randn(4, 2, 5), {state}).shape)
"""


def test_a_layer_that_is_given_a_state_goes_one_way():
    found = mended(GIVEN.format(default="", line="pass", state="torch.randn(1, 2, 8)"))
    assert not any("bidirectional" in fix.title for each in found.diagnoses for fix in each.fixes)
    assert found.output != "crashed"


@pytest.mark.parametrize(("default", "line"), [("=None", "pass"), ("", "state = None")])
def test_a_state_that_may_be_none_says_nothing(default, line):
    fixes = mended(GIVEN.format(default=default, line=line, state="None"), most=1).diagnoses[0].fixes
    assert any("bidirectional" in fix.title for fix in fixes)


TWO_STATES = """
    class Encoder(nn.Module):
        def __init__(self, n, wide{more}):
            super().__init__()
            self.rnn = nn.GRU(n, wide, batch_first=True{both})
            self.mix = nn.Linear({width}, 3)

        def forward(self, x):
            _, state = self.rnn(x)
            return self.mix(torch.cat((state[{first}], state[{second}]), dim=-1))

    print(Encoder(4, 5)(torch.randn(6, 7, 4)).sum().item())
"""


@pytest.mark.parametrize(("first", "second"), [(0, 1), (-2, -1)])
@pytest.mark.parametrize("width", ["2 * wide", "wide * 2"])
def test_a_second_state_that_is_asked_for_is_the_other_direction(first, second, width):
    parts = {"first": first, "second": second, "width": width, "more": ""}
    found = mended(TWO_STATES.format(both="", **parts))
    assert found.output == printed(TWO_STATES.format(both=", bidirectional=True", **parts))
    assert not found.doubts


@pytest.mark.parametrize(("more", "width"), [(", layers=2", "2 * wide"), ("", "10")])
def test_a_second_state_may_be_that_of_another_layer(more, width):
    found = mended(TWO_STATES.format(both="", first=0, second=1, width=width, more=more), most=1)
    assert not any(fix.title == "bidirectional=True" and not fix.doubt for fix in found.diagnoses[0].fixes)


BUILT = """
    def build(width, cells):
        return nn.ModuleDict({{"read": nn.LSTM(width, cells, batch_first=True{}), "say": nn.Linear(2 * cells, 4)}})


    parts = build(5, 6)
    print(round(parts["say"](parts["read"](torch.randn(3, 7, 5))[0]).sum().item(), 4))
"""
SUMMED = """
    class Reader(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.width = width
            self.read = nn.GRU(5, width{})

        def forward(self, x):
            out, _ = self.read(x)
            return out[:, :, :self.width] + out[:, :, self.width:]


    print(round(Reader(6)(torch.randn(3, 7, 5)).sum().item(), 4))
"""


@pytest.mark.parametrize("program", [BUILT, SUMMED])
def test_a_function_that_makes_the_layers_and_two_halves_that_meet_speak_of_both(program):
    found = mended(program.format(""), most=1)
    assert not found.doubts
    assert found.output == printed(program.format(", bidirectional=True"))
