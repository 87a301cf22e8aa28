"""A state that is made right where a model is given it, for the steps and not for the samples."""

import pytest
from mended import mended, printed

PROGRAM = """
    rows, steps, width, hidden = 3, 5, 4, 6


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.reader = nn.{kind}(width, hidden)
            self.writer = nn.{kind}(width, hidden)

        def forward(self, words, {state}, answers):
            _, last = self.reader(words.{turn}, {given})
            return self.writer(answers.{turn}, last)[0]


    model = Net()
    words, answers = torch.randn(rows, steps, width), torch.randn(rows, steps + 2, width)
    print(round(model(words, {made}, answers).sum().item(), 4))
"""
TURNS = ["transpose(0, 1)", "permute(1, 0, 2)", "swapaxes(0, 1)"]


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("kind", ["RNN", "GRU"])
def test_a_state_of_the_steps_is_made_for_the_samples(turn, kind):
    program = PROGRAM.format(turn=turn, kind=kind, state="state", given="state", made="torch.zeros(1, {}, hidden)")
    found = mended(program.format("steps"))
    assert found.changed == ["print(round(model(words, torch.zeros(1, rows, hidden), answers).sum().item(), 4))"] or (
        found.changed == ["print(round(model(words, torch.zeros(1, words.size(0), hidden), answers).sum().item(), 4))"]
    )
    assert found.output == printed(program.format("rows"))
    assert found.diagnoses[0].slug == "state_of_other_batch"
    assert not found.doubts


@pytest.mark.parametrize("turn", TURNS)
def test_beside_nothing_else_the_input_may_have_had_its_steps_in_front(turn):
    program = f"""
        rnn = nn.GRU(4, 6)
        x = torch.randn(3, 5, 4)
        out, _ = rnn(x.{turn}, torch.zeros(1, 5, 6))
        print(out.shape)
    """
    found = mended(program)
    assert found.output != "crashed"
    assert found.doubts


def test_an_input_that_nobody_turned_shows_the_layout_that_was_forgotten():
    program = """
        rnn = nn.GRU(4, 6{})
        x = torch.randn(3, 5, 4)
        out, _ = rnn(x, torch.zeros(1, 3, 6))
        print(round(out.sum().item(), 4))
    """
    found = mended(program.format(""))
    assert found.output == printed(program.format(", batch_first=True"))
    assert found.diagnoses[0].slug == "batch_first_missing"


def test_a_row_of_what_a_loop_runs_over_is_not_made_there():
    program = """
        rnn = nn.GRU(4, 6)
        for state in torch.zeros(2, 1, 2, 6):
            out, state = rnn(torch.randn(5, 3, 4), state)
        print(out.shape)
    """
    found = mended(program)
    assert "torch.zeros(2, 3, 2, 6)" not in found.text
