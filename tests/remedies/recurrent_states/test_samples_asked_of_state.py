"""Samples that are counted along an axis of a state which holds its layers, or its numbers."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Writer(nn.Module):
        def __init__(self):
            super().__init__()
            self.words = nn.Embedding(11, 5)
            self.rnn, self.out = nn.{kind}(5, 7, 2, batch_first={first}), nn.Linear(7, 11)

        def forward(self, state, most):
            rows = {asked}
            word, found = torch.zeros({shape}, dtype=torch.long), []
            for _ in range(most):
                out, state = self.rnn(self.words(word), state)
                word = self.out(out).argmax(-1)
                found.append(word)
            return torch.cat(found, {axis})

    print(Writer()({state}, 3).tolist())
"""
ONE, PAIR = "torch.randn(2, 4, 7)", "(torch.randn(2, 4, 7), torch.randn(2, 4, 7))"
FIRST = {"first": True, "shape": "rows, 1", "axis": 1}
SECOND = {"first": False, "shape": "1, rows", "axis": 0}


@pytest.mark.parametrize("layout", [FIRST, SECOND])
@pytest.mark.parametrize(
    ("kind", "asked", "right"),
    [
        ("GRU", "state.size(0)", "state.size(1)"),
        ("GRU", "len(state)", "state.size(1)"),
        ("GRU", "state.shape[-1]", "state.shape[1]"),
        ("RNN", "state[0].size(1)", "state.size(1)"),
        ("GRU", "state[-1].shape[1]", "state.shape[1]"),
        ("LSTM", "state[0].size(0)", "state[0].size(1)"),
        ("LSTM", "state[0].shape[2]", "state[0].shape[1]"),
        ("LSTM", "len(state[1])", "state[1].size(1)"),
    ],
)
def test_the_axis_of_the_samples_is_asked(kind, asked, right, layout):
    given = {"kind": kind, "state": PAIR if kind == "LSTM" else ONE, **layout}
    found = mended(PROGRAM.format(asked=asked, **given))
    assert found.output == printed(PROGRAM.format(asked=right, **given))
    assert found.diagnoses[0].fixes[0].title == f"{asked} -> {right}"
    assert not found.doubts


CELL = """
    class Pointer(nn.Module):
        def __init__(self):
            super().__init__()
            self.start, self.cell = nn.Parameter(torch.zeros(5)), nn.{kind}(5, 7)

        def forward(self, state, most):
            step = self.start.expand({asked}, 5)
            for _ in range(most):
                state = self.cell(step, state)
            return state[0]

    print(Pointer()({state}, 3).shape)
"""


@pytest.mark.parametrize(
    ("kind", "asked", "right", "state"),
    [
        ("GRUCell", "state.size(1)", "state.size(0)", "torch.randn(4, 7)"),
        ("LSTMCell", "state[0].size(1)", "state[0].size(0)", "(torch.randn(4, 7), torch.randn(4, 7))"),
        ("LSTMCell", "state[0].shape[-1]", "state[0].shape[0]", "(torch.randn(4, 7), torch.randn(4, 7))"),
    ],
)
def test_that_of_a_cell_too(kind, asked, right, state):
    found = mended(CELL.format(kind=kind, asked=asked, state=state))
    assert found.output == printed(CELL.format(kind=kind, asked=right, state=state))
    assert not found.doubts


@pytest.mark.parametrize("asked", ["most", "self.rnn.num_layers", "self.words.weight.size(1)"])
def test_what_is_asked_of_something_else_is_left(asked):
    program = PROGRAM.format(kind="GRU", asked=asked, state=ONE, **FIRST)
    titles = [fix.title for each in mended(program, most=1).diagnoses for fix in each.fixes]
    assert not [each for each in titles if "-> state." in each]
