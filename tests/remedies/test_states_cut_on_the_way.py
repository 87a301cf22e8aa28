"""States of which some layers are cut off between the layer that gives them and the one that takes all."""

import pytest
from mended import mended, printed

NET = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.{kind}(5, 12, num_layers=3)
            self.second = nn.{kind}(4, 12, num_layers={layers})
            self.mix = nn.Linear(12, 12)

        def start(self, state):
            return {cut}

        def forward(self, a, b):
            {lines}

    print(Net()(torch.randn(6, 7, 5), torch.randn(8, 7, 4)).sum().item())
"""
ONE = "_, h = self.first(a)\n            return self.second(b, self.start(h))[0]"
PAIR = "_, (h, c) = self.first(a)\n            {}\n            return self.second(b, (h, c))[0]"


@pytest.mark.parametrize(
    ("cut", "whole"),
    [
        ("state[-1:]", "state"),
        ("torch.tanh(self.mix(state[:1]))", "torch.tanh(self.mix(state))"),
        ("state[-1].unsqueeze(0) * 0.5", "state * 0.5"),
        ("state[-1][None].contiguous()", "state.contiguous()"),
    ],
)
@pytest.mark.parametrize("kind", ["GRU", "RNN"])
def test_all_layers_are_handed_on(kind, cut, whole):
    found = mended(NET.format(kind=kind, layers=3, cut=cut, lines=ONE))
    assert [each.slug for each in found.diagnoses] == ["state_of_other_layers"]
    assert found.changed == [f"return {whole}"]
    assert found.output == printed(NET.format(kind=kind, layers=3, cut=whole, lines=ONE))
    assert found.doubts == []


def test_both_states_of_an_lstm_are_handed_on():
    lines = PAIR.format("h, c = h[-1:], self.mix(c[-1:])")
    found = mended(NET.format(kind="LSTM", layers=3, cut="state", lines=lines))
    assert found.changed == ["h, c = h, self.mix(c)"]


def test_a_repeat_beside_a_cut_is_in_doubt():
    text = NET.format(kind="GRU", layers=4, cut="state[-1:]", lines=ONE)
    found = mended(text, most=1)
    repeats = [fix for fix in found.diagnoses[0].fixes if "repeat" in fix.title]
    assert not any("all layers" in fix.title for fix in found.diagnoses[0].fixes)
    assert {fix.doubt for fix in repeats} == {
        "the other layers of the state are cut off on the way, and may be what is missing"
    }


def test_a_state_that_was_never_more_is_repeated():
    lines = "h = torch.tanh(self.mix(torch.ones(1, 7, 12)))\n            return self.second(b, h)[0]"
    found = mended(NET.format(kind="GRU", layers=3, cut="state", lines=lines))
    assert any("repeat(3, 1, 1)" in line for line in found.changed)
    assert found.doubts == []


def test_directions_side_by_side_are_no_layers_cut_off():
    program = """
    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(5, 6, bidirectional=True)

        def forward(self, x):
            _, final = self.rnn(x)
            return torch.cat([final[0:1], final[1:2]], dim=2)

    state = Encoder()(torch.randn(6, 7, 5))
    print(nn.GRU(4, 12, num_layers=2)(torch.randn(8, 7, 4), state)[0].shape)
    """
    (found,) = mended(program, most=1).diagnoses
    assert found.slug == "state_of_other_layers"
    assert not any("all layers" in fix.title for fix in found.fixes)
