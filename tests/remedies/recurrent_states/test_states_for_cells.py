"""The state of a layer for a cell that a loop calls."""

import textwrap

import pytest
from mended import mended, printed

LSTM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.enc = nn.LSTM(5, 8, {layers}batch_first=True)
            self.cell, self.head = nn.LSTMCell(1, 8), nn.Linear(8, 1)

        def forward(self, x):
            _, {state} = self.enc(x){taken}
            y, guesses = x[:, -1, :1], []
            for _ in range(4):
                {state} = self.cell(y, {state})
                y = self.head({h})
                guesses.append(y)
            return torch.cat(guesses, dim=1)

    print(round(Net()(torch.randn({rows}, 7, 5)).sum().item(), 4))
"""


@pytest.mark.parametrize("layers", ["", "num_layers=2, "])
@pytest.mark.parametrize("rows", [6, 1])
@pytest.mark.parametrize(
    ("state", "h", "taken"),
    [("(h, c)", "h", "h, c = h[-1], c[-1]"), ("state", "state[0]", "state = tuple(each[-1] for each in state)")],
)
def test_the_last_layer_is_taken_in_front_of_the_loop(layers, rows, state, h, taken):
    found = mended(LSTM.format(layers=layers, state=state, h=h, rows=rows, taken=""))
    right = LSTM.format(layers=layers, state=state, h=h, rows=rows, taken=f"\n            {taken}")
    assert found.output == printed(right)
    assert len(found.diagnoses) == 1
    assert not found.doubts


def test_of_two_directions_it_is_in_doubt():
    layers = "bidirectional=True, "
    found = mended(LSTM.format(layers=layers, state="(h, c)", h="h", rows=6, taken=""), most=1)
    assert found.doubts


def test_a_change_in_the_loop_is_in_doubt():
    program = """
        gru, cell, head = nn.GRU(6, 8, batch_first=True), nn.GRUCell(6, 8), nn.Linear(8, 6)
        x = torch.randn(3, 9, 6)
        _, h = gru(x)
        y = x[:, -1]
        for _ in range(4):
            h = cell(y, h)
            y = head(h)
        print(y.shape)
    """
    found = mended(program, most=1)
    assert "_, h = gru(x)\nh = h[-1]\n" in textwrap.dedent(found.text)
    assert all(fix.doubt for fix in found.diagnoses[0].fixes[1:])


def test_of_as_many_steps_as_samples_it_is_in_doubt():
    program = """
        gru, cell = nn.GRU(6, 8, batch_first=True), nn.GRUCell(6, 8)
        x = torch.randn({rows}, {rows}, 6)
        seen, _ = gru(x)
        for t in range({rows}):
            seen = cell(x[:, t], seen)
        print(seen.shape)
    """
    assert mended(program.format(rows=4), most=1).doubts
    assert not mended(program.format(rows=1), most=1).doubts


@pytest.mark.parametrize("loop", ["for cell in cells:", "for cell in (cells[0], cells[1]):"])
def test_of_several_cells_it_is_in_doubt(loop):
    program = """
        gru, cells = nn.GRU(6, 8, 2), nn.ModuleList([nn.GRUCell(8, 8), nn.GRUCell(8, 8)])
        _, h = gru(torch.randn(7, 3, 6))
        y = torch.randn(3, 8)
        {loop}
            h = cell(y, h)
            y = h
        print(y.shape)
    """
    assert mended(program.format(loop=loop), most=1).doubts


@pytest.mark.parametrize("first", ["head(h[-1])", "torch.zeros(h.size(1), 6)"])
def test_what_reads_the_state_in_front_of_the_loop_reads_that_of_the_layer(first):
    program = """
        gru, cell, head = nn.GRU(6, 8, batch_first=True), nn.GRUCell(6, 8), nn.Linear(8, 6)
        steps, h = gru(torch.randn(3, 9, 6))
        y = {first}
        guesses = [y]
        for _ in range(4):
            h = cell(y, h)
            y = head(h)
            guesses.append(y)
        print(round(torch.stack(guesses).sum().item(), 4))
    """
    found = mended(program.format(first=first))
    assert found.output == printed(program.format(first=f"{first}\n        h = h[-1]"))
    assert not found.doubts


STACKED = """
    cells = nn.ModuleList([nn.LSTMCell(4, 6), nn.LSTMCell(6, 6)])
    _, (h, c) = nn.LSTM(5, 6, 2)(torch.randn(7, 3, 5))
    x, kept = torch.randn(3, 4), []
    for i, cell in enumerate(cells):
        x, {late} = cell(x, ({given}))
        kept.append(x)
    print(round(torch.stack(kept).sum().item(), 4))
"""


def test_counted_cells_go_on_each_with_a_layer_of_its_own():
    found = mended(STACKED.format(late="late", given="h, c"))
    assert found.output == printed(STACKED.format(late="late", given="h[i], c[i]"))
    assert not found.doubts


def test_a_state_that_each_cell_hands_to_the_next_is_not_told_apart():
    found = mended(STACKED.format(late="c", given="h, c"), most=1)
    assert not any("c[i]" in fix.title for fix in found.diagnoses[0].fixes)


ROUNDS = """
    cells = nn.ModuleList([nn.GRUCell(4, 4), nn.GRUCell(4, 4)])
    x, h = torch.randn(3, 5, 4), torch.zeros(2, 3, 4)
    for t in range(5):
        y, left = x[:, t], []
        for i, cell in enumerate(cells):
            y = cell(y, {given})
            left.append(y)
        {line}
    print(round(y.sum().item(), 4))
"""


@pytest.mark.parametrize(("line", "is_sure"), [("h = torch.stack(left)", True), ("pass", False)])
def test_states_that_no_round_leaves_for_the_next_are_in_doubt(line, is_sure):
    found = mended(ROUNDS.format(given="h", line=line))
    assert found.output == printed(ROUNDS.format(given="h[i]", line=line))
    assert bool(found.doubts) is not is_sure
