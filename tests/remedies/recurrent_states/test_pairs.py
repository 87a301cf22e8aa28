"""One state where a cell takes two, of which the other one has its name already."""

import pytest
from mended import mended, printed

TWICE = """
    class Walk(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell, self.out = nn.LSTMCell(3, 5), nn.Linear(5, 3)

        def forward(self, x, more):
            a, b = torch.zeros(x.size(0), 5), torch.ones(x.size(0), 5)
            for k in range(x.size(1)):
                a, b = self.cell(x[:, k], {first})
            y = self.out(a)
            for k in range(more):
                a, b = self.cell(y, {second})
                y = self.out(a)
            return y{last}


    print(round(Walk()(torch.randn(4, 6, 3), 2).sum().item(), 4))
"""


@pytest.mark.parametrize(("first", "second"), [("a", "(a, b)"), ("(a, b)", "a"), ("a", "a")])
def test_both_states_are_handed_in_where_another_loop_hands_in_both(first, second):
    found = mended(TWICE.format(first=first, second=second, last=""))
    assert found.output == printed(TWICE.format(first="(a, b)", second="(a, b)", last=""))
    assert not found.doubts


def test_where_something_else_reads_the_second_name_it_is_no_state_for_sure():
    found = mended(TWICE.format(first="a", second="(a, b)", last=" + b.mean()"), most=1)
    assert found.changed != ["a, b = self.cell(x[:, k], (a, b))"] or found.doubts


CARRIED = """
    class Step(nn.Module):
        def __init__(self, n, width):
            super().__init__()
            self.cell, self.out = nn.LSTMCell(n, width), nn.Linear(width, 3)

        def forward(self, x, hid, mem):
            hid, mem = self.cell(x, {state})
            return {back}

    step, hid, mem = Step(4, 5), torch.randn(2, 5), torch.randn(2, 5)
    for _ in range(3):
        y, hid, mem = step(torch.randn(2, 4), hid, mem)
    print(y.sum().item())
"""


@pytest.mark.parametrize("back", ["self.out(hid), hid, mem", "(self.out(hid), hid, mem)"])
def test_both_states_are_handed_in_where_both_are_returned_behind_something_else(back):
    found = mended(CARRIED.format(state="hid", back=back))
    assert found.output == printed(CARRIED.format(state="(hid, mem)", back=back))
    assert not found.doubts


AROUND = """
    class Around(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell = nn.LSTMCell(3, 5)

        def forward(self, x, states):
            return self.cell(x * 2, states)


    around, a, b = Around(), torch.zeros(2, 5), torch.ones(2, 5)
    for x in torch.randn(4, 2, 3):
        a, b = around(x, {given})
    print((a{more}).sum().item())
"""


def test_zeros_beside_a_state_that_a_loop_hands_through_another_module_are_in_doubt():
    found = mended(AROUND.format(given="a", more=""), most=1)
    zeros = [fix.doubt for each in found.diagnoses for fix in each.fixes if "zeros_like" in fix.title]
    assert zeros
    assert all(zeros)


def test_a_state_that_fits_is_not_changed_for_another_where_the_input_is_too_wide():
    program = """
        class Step(nn.Module):
            def __init__(self, width):
                super().__init__()
                self.embed, self.rnn = nn.Embedding(9, width), nn.GRU({given}, width)

            def forward(self, word, last, memory):
                embedded = self.embed(word).unsqueeze(0)
                context = memory.mean(0, keepdim=True) * last
                return self.rnn(torch.cat((embedded, context), 2), last)


        step, memory, hidden = Step(5), torch.randn(7, 2, 5), torch.zeros(1, 2, 5)
        for _ in range(2):
            state = hidden
            for word in torch.randint(0, 9, (4, 2)):
                out, state = step(word, state, memory)
        print(state.sum().item())
    """
    found = mended(program.format(given="width"))
    assert found.output == printed(program.format(given="2 * width"))
    assert not found.doubts


def test_both_states_are_handed_to_a_module_that_hands_them_on():
    found = mended(AROUND.format(given="a", more=""))
    assert found.output == printed(AROUND.format(given="(a, b)", more=""))
    assert not found.doubts


def test_both_names_are_not_handed_on_where_something_else_reads_the_second():
    found = mended(AROUND.format(given="a", more=" + b.mean()"), most=1)
    assert found.changed != ["a, b = around(x, (a, b))"] or found.doubts


BESIDE = """
rnn = nn.LSTM(3, 5)
for x in torch.randn(2, 6, 4, 3):
    first = torch.zeros(1, 4, 5)
    other = torch.ones(1, 4, 5)
    print(round(rnn(x, {given})[0].sum().item(), 4))
"""


def test_a_state_that_was_made_beside_and_nobody_reads_is_the_other_of_the_two():
    found = mended(BESIDE.format(given="first"))
    assert found.output == printed(BESIDE.format(given="(first, other)"))
    assert not found.doubts
