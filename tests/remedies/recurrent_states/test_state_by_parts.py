"""A function for one state is handed the pair (h, c): it is called for each part, if the pair is wanted behind it."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Bridge(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear({width}, 6)

        def forward(self, {names}):
            return torch.tanh(self.linear({joined}))


    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.left = nn.LSTM(4, 6, batch_first=True)
            self.right = nn.LSTM(4, 6, batch_first=True)
            self.decoder = nn.{kind}(4, 6, batch_first=True)
            self.bridge = Bridge()
            self.linear = nn.Linear(6, 6)

        def merge(self, {names}):
            return torch.relu(self.bridge({names}))

        def forward(self, x):
            _, a_n = self.left(x)
            _, b_n = self.right(x.flip(1))
            state = {call}
            return self.decoder(x, state)[0]


    print(Model()(torch.randn(3, 5, 4)).sum().item())
"""
TWO = {"width": 12, "names": "a, b", "joined": "torch.cat([a, b], dim=-1)"}
SUM = {"width": 6, "names": "a, b", "joined": "a.mul(0.5) + b"}
ONE = {"width": 6, "names": "state", "joined": "state"}
SIZED = {"width": 6, "names": "state", "joined": "state.view(1, state.size(1), 6)"}


@pytest.mark.parametrize(
    ("parts", "call", "right"),
    [
        (TWO, "self.bridge(a_n, b_n)", "tuple(self.bridge(a, b) for a, b in zip(a_n, b_n))"),
        (TWO, "self.bridge(a=a_n, b=b_n)", "tuple(self.bridge(a=a, b=b) for a, b in zip(a_n, b_n))"),
        (SUM, "self.bridge(a_n, b_n)", "tuple(self.bridge(a, b) for a, b in zip(a_n, b_n))"),
        (ONE, "self.bridge(a_n)", "tuple(self.bridge(part) for part in a_n)"),
        (SIZED, "self.bridge(a_n)", "tuple(self.bridge(part) for part in a_n)"),
        (ONE, "self.linear(a_n)", "tuple(self.linear(part) for part in a_n)"),
    ],
)
def test_each_part_goes_through_the_function(parts, call, right):
    found = mended(PROGRAM.format(call=call, kind="LSTM", **parts))
    assert found.changed == [f"state = {right}"]
    assert found.output == printed(PROGRAM.format(call=right, kind="LSTM", **parts))


def test_what_a_layer_returns_whole_is_no_pair_of_states():
    # (output, h_n) are no two states: their shapes differ.
    program = """
        def score(seen):
            return linear(seen).sum()

        linear, gru = nn.Linear(6, 2), nn.GRU(4, 6, batch_first=True)
        seen = gru(torch.randn(3, 5, 4))
        print(score(seen).item())
    """
    found = mended(program)
    fixes = [fix.title for fix in found.diagnoses[0].fixes]
    assert not any("for part in" in title for title in fixes)


ASKED = """
    def read(states):
        return torch.tanh(states)


    pair = (torch.randn(2, 3), torch.randn(2, 3))
    print(round(read(pair).abs().sum().item(), 4))
"""


def test_a_tuple_is_not_asked_as_a_tensor_is():
    titles = [fix.title for fix in mended(ASKED, most=1).diagnoses[0].fixes]
    assert not any(title.startswith("tuple(read") for title in titles)
