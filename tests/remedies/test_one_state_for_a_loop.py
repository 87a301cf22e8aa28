"""One state before a loop, in which the layer gives a pair."""

import pytest
from mended import mended, printed

CELL = """
    torch.manual_seed(2)
    cell, x = nn.LSTMCell(4, 9), torch.randn(5, 6, 4)
    s = {state}
    outs = []
    for step in x:
        {more}
        s = cell(step, s)
        outs.append(s[0])
    print(torch.stack(outs).sum().item())
"""


@pytest.mark.parametrize("state", ["torch.zeros(6, 9)", "x.new_zeros(6, 9)", "torch.ones(x.size(1), 9)"])
def test_the_pair_is_made_before_the_loop(state):
    found = mended(CELL.format(state=state, more="pass"))
    assert found.changed == [f"s = ({state}, {state})"]
    assert found.output == printed(CELL.format(state=f"({state}, {state})", more="pass"))
    assert found.doubts == []


def test_the_pair_that_a_layer_gives_back_beside_its_output():
    layer = """
    torch.manual_seed(2)
    lstm, head, x = nn.LSTM(4, 9, batch_first=True), nn.Linear(9, 4), torch.randn(6, 1, 4)
    memory = {}
    for _ in range(3):
        y, memory = lstm(x, memory)
        x = head(y)
    print(x.sum().item(), memory[0].shape)
    """
    found = mended(layer.format("torch.zeros(1, 6, 9)"))
    assert found.changed == ["memory = (torch.zeros(1, 6, 9), torch.zeros(1, 6, 9))"]


def test_a_state_that_is_measured_in_the_loop_stays_one():
    found = mended(CELL.format(state="torch.zeros(6, 9)", more="n = s.norm()"), most=1)
    assert "s = (torch.zeros(6, 9), torch.zeros(6, 9))" not in found.changed


@pytest.mark.parametrize("begin", ["h = c = torch.zeros(6, 9)", "h, c = torch.zeros(6, 9), torch.zeros(6, 9)"])
def test_the_two_names_that_a_cell_gives_its_states(begin):
    program = f"""
    cell, x = nn.LSTMCell(4, 9), torch.randn(5, 6, 4)
    {begin}
    for step in x:
        h, c = cell(step, h)
    print(h.sum().item())
    """
    found = mended(program)
    assert found.changed == ["h, c = cell(step, (h, c))"]
    assert found.output == printed(program.replace("cell(step, h)", "cell(step, (h, c))"))
    assert not found.doubts


def test_a_name_that_is_not_there_before_is_not_given():
    program = """
    cell, x = nn.LSTMCell(4, 9), torch.randn(5, 6, 4)
    h = torch.zeros(6, 9)
    for step in x:
        h, c = cell(step, h)
    print(h.sum().item())
    """
    assert "(h, c))" not in mended(program).text


def test_a_name_that_is_read_for_something_else_is_not_given():
    program = """
    cell, x = nn.LSTMCell(9, 9), torch.randn(5, 6, 9)
    h, c = torch.zeros(6, 9), torch.zeros(6, 9)
    for step in x:
        h, c = cell(step + c, h)
    print(h.sum().item())
    """
    assert "(h, c))" not in mended(program).text


def test_states_of_other_names_leave_the_pair_to_be_made():
    program = """
    cell, x = nn.LSTMCell(4, 9), torch.randn(5, 6, 4)
    a, b, h = torch.zeros(6, 9), torch.zeros(6, 9), torch.zeros(6, 9)
    for step in x:
        a, b = cell(step, h)
    print(a.sum().item())
    """
    assert mended(program).output == printed(program.replace("cell(step, h)", "cell(step, (h, torch.zeros_like(h)))"))


def test_a_state_of_the_model_s_own_numbers_is_made_twice():
    program = """
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.cell = nn.Embedding(20, 4), nn.LSTMCell(4, 9)

        def begin(self, n):
            zeros = self.table.weight.new_zeros(n, 9)
            return {}

        def forward(self, ids):
            state = self.begin(len(ids))
            for step in ids.t():
                state = self.cell(self.table(step), state)
            return state[0]


    print(Model()(torch.randint(0, 20, (3, 5))).sum().item())
    """
    found = mended(program.format("zeros"))
    assert found.changed == ["return zeros, torch.zeros_like(zeros)"]
    assert found.output == printed(program.format("zeros, zeros"))
