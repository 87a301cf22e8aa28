"""A first state that is learned has a row for each layer and direction of what it begins."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Net(nn.Module):
        def __init__(self, hidden={width}, depth=2):
            super().__init__()
            self.first = nn.Parameter(torch.zeros({rows}, {more}hidden))
            self.rnn = nn.GRU(4, hidden, {depth}, batch_first=True{both})

        def forward(self, x):
            state = self.first{spread}
            return self.rnn(x, state)[0]


    print(round(Net()(torch.randn(3, 5, 4)).sum().item(), 4))
"""
ROWS = {"more": "", "spread": ".unsqueeze(1).expand(-1, len(x), -1).contiguous()"}
ONES = {"more": "1, ", "spread": ".repeat(1, x.size(0), 1)"}


@pytest.mark.parametrize("parts", [ROWS, ONES])
@pytest.mark.parametrize(
    ("depth", "both", "rows"),
    [
        ("depth", "", "depth"),
        ("num_layers=depth", ", bidirectional=True", "2 * depth"),
        ("1", ", bidirectional=True", "2 * 1"),
    ],
)
def test_a_learned_state_has_the_rows_of_its_layer(parts, depth, both, rows):
    program = PROGRAM.format(width=6, depth=depth, both=both, rows="{rows}", **parts)
    found = mended(program.format(rows="1"))
    assert found.changed[0].startswith(f"self.first = nn.Parameter(torch.zeros({rows}, ")
    assert found.output == printed(program.format(rows=rows))
    assert not found.doubts


def test_a_row_for_all_samples_is_no_row_for_a_layer():
    parts = {"more": "", "spread": ".expand(len(x), -1).unsqueeze(0)"}
    found = mended(PROGRAM.format(width=6, depth="depth", both="", rows="1", **parts))
    assert "torch.zeros(1, hidden)" in found.text
    assert found.output != "crashed"


@pytest.mark.parametrize(
    ("depth", "both", "rows"),
    [
        ("depth", "", "self.rnn.num_layers"),
        ("depth", ", bidirectional=True", "2 * self.rnn.num_layers"),
        ("1", ", bidirectional=True", "2 * self.rnn.num_layers"),
    ],
)
@pytest.mark.parametrize("spread", [".expand({}, len(x), -1).contiguous()", ".expand(({}, x.shape[0], -1)).clone()"])
def test_a_learned_state_that_is_spread_to_one_row_is_spread_to_all(depth, both, rows, spread):
    program = PROGRAM.format(
        width=6, depth=depth, both=both, rows="1", more="1, ", spread=spread.replace("{}", "{number}")
    ).replace("torch.zeros", "torch.randn")
    found = mended(program.format(number="1"))
    assert found.changed[0] == f"state = self.first{spread.format(rows)}"
    assert found.output == printed(program.format(number=rows))
    assert not found.doubts


def test_both_learned_states_of_an_lstm_are_spread_to_all_rows():
    program = """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.first = nn.Parameter(torch.randn(1, 1, 6))
                self.kept = nn.Parameter(torch.randn(1, 1, 6))
                self.rnn = nn.LSTM(4, 6, num_layers=3)

            def forward(self, x):
                first = self.first.expand({rows}, x.size(1), -1).contiguous()
                kept = self.kept.expand({rows}, x.size(1), -1).contiguous()
                return self.rnn(x, (first, kept))[0]


        print(round(Net()(torch.randn(5, 2, 4)).sum().item(), 4))
    """
    found = mended(program.format(rows="1"))
    assert found.output == printed(program.format(rows="self.rnn.num_layers"))
    assert not found.doubts


DIRECTED = """
    class Net(nn.Module):
        def __init__(self, width, depth, both):
            super().__init__()
            ways = {ways}
            self.rnn = nn.GRU(4, width, {told}, batch_first=True, bidirectional=both)
            self.first = nn.Parameter(torch.randn({{rows}}, 1, width))

        def forward(self, x):
            state = self.first.expand(-1, len(x), -1).contiguous()
            return self.rnn(x, state)[0]


    print(round(Net(6, {depth}, {both})(torch.randn(3, 5, 4)).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("both", "told", "rows"), [("False", "depth", "depth * ways"), ("True", "depth - 1", "(depth - 1) * ways")]
)
def test_a_learned_state_with_a_row_for_each_direction_has_as_many_times_the_layers(both, told, rows):
    program = DIRECTED.format(ways="2 if both else 1", both=both, told=told, depth=3)
    found = mended(program.format(rows="ways"))
    assert found.output == printed(program.format(rows=rows))
    assert f"torch.randn({rows}, 1, width)" in found.text
    assert not found.doubts


def test_a_number_over_rows_that_were_worked_out_is_in_doubt():
    program = DIRECTED.format(ways="2 if width > 9 else 1", both="False", told="depth", depth=3)
    found = mended(program.format(rows="ways"))
    assert "written over" in found.doubts[0]
