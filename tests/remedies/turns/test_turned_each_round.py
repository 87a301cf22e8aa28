"""What every round of a loop turns, and one line behind it turns back, is turned once."""

import pytest
from mended import mended, printed

BODY = """
    class Stack(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList(nn.Conv1d(6, 6, 3, padding=1) for _ in range(2))

        def forward(self, x):
            {front}for layer in self.layers:
                {inside}x = torch.relu(layer(x))
            return x.{back}


    print(round(Stack()(torch.rand(4, 7, 6)).std(0).sum().item(), 4))
"""
METHOD = """
    class Stack(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.wide = True, 5
            self.layers = nn.ModuleList(nn.GRUCell(5, 5) for _ in range(2))

        def walk(self, cell, x, state):
            {inside}steps = []
            for step in x:
                state = cell(step, state)
                steps.append(state)
            return torch.stack(steps){turned}, state

        def forward(self, given):
            states = torch.zeros(2, len(given), self.wide)
            {front}for cell, state in zip(self.layers, states):
                given, state = self.walk(cell, given, state)
            return {back}


    print(round((Stack()(torch.rand(3, 7, 5)) * torch.arange(7).view(1, 7, 1)).sum().item(), 3))
"""
IF = "if self.first:\n                x = x.transpose(0, 1)"
TURNS = ["transpose(1, 2)", "permute(0, 2, 1)", "swapaxes(1, 2)"]


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("back", TURNS)
def test_a_line_of_the_loop_goes_in_front_of_it(turn, back):
    line = f"x = x.{turn}\n            "
    found = mended(BODY.format(front="", inside=f"{line}    ", back=back))
    assert found.output == printed(BODY.format(front=line, inside="", back=back))
    assert not found.doubts


@pytest.mark.parametrize("turn", ["x = x.transpose(0, 1)", "x = x.permute(1, 0, 2)", IF])
@pytest.mark.parametrize("back", ["given.transpose(0, 1)", "(given.permute(1, 0, 2) if self.first else given)"])
def test_the_beginning_of_a_method_goes_in_front_of_the_loop_that_calls_it(turn, back):
    line = f"{turn}\n            "
    found = mended(METHOD.format(front="", inside=line, back=back, turned=""))
    right = METHOD.format(front="given = given.transpose(0, 1)\n            ", inside="", back=back, turned="")
    assert found.output == printed(right)
    assert not found.doubts


def test_without_a_line_that_turns_back_nothing_goes_in_front():
    program = BODY.format(front="", inside="x = x.transpose(1, 2)\n                ", back="sum(1)")
    assert "in front of the loop" not in str(mended(program, most=1).diagnoses[0].fixes)


def test_what_a_round_decides_stays_in_it():
    inside = "if layer is not self.layers[1]:\n                    x = x.transpose(1, 2)\n                "
    program = BODY.format(front="", inside=inside, back="transpose(1, 2)").replace("Conv1d(6", "Conv1d(7")
    assert "in front of the loop" not in str(mended(program, most=1).diagnoses[0].fixes)


def test_a_method_that_turns_back_itself_is_left():
    line, turned = "x = x.transpose(0, 1)\n            ", ".transpose(0, 1)"
    program = METHOD.format(front="", inside=line, back="given.transpose(0, 1)", turned=turned).replace("7, 1", "8, 1")
    assert "in front of the loop" not in str(mended(program, most=1).diagnoses[0].fixes)


@pytest.mark.parametrize("narrow", ["Conv1d(5", "GRUCell(4"])
def test_what_fails_in_the_first_round_was_not_turned_too_often(narrow):
    line = "x = x.transpose({})\n                "
    body = BODY.format(front="", inside=line.format("1, 2"), back="transpose(1, 2)")
    method = METHOD.format(front="", inside=line.format("0, 1")[:-4], back="given.transpose(0, 1)", turned="")
    program = (body if "Conv" in narrow else method).replace(narrow.replace("5", "6").replace("4", "5"), narrow)
    assert "in front of the loop" not in str(mended(program, most=1).diagnoses[0].fixes)
