"""A row of names is given its numbers in one line: what is made of those that stay is not made anew."""

import pytest
from mended import mended
from ways_ahead import ways_instead_of

PROGRAM = """
import numpy as np

{told}


def waves(count):
    return torch.from_numpy(np.stack([np.sin(np.arange(STEPS) * each) for each in range(count)])).float()[:, :, None]


class Reader(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = nn.GRU(1, width, batch_first=True)
        self.second = nn.GRU(width, width, batch_first=True)

    def forward(self, x):
        _, state = self.first(x)
        return self.second(state[0][:, None].repeat({repeated}))[0]


given = waves(8)
model = Reader(WIDTH)
for x in given.split(4):
    print(model(x).sum().item())
"""
ROWS = ["STEPS, WIDTH = 5, 6", "WIDTH, STEPS = 6, 5", "(STEPS, FLAG), WIDTH = (5, True), 6", "STEPS = 5; WIDTH = 6"]


@pytest.mark.parametrize("told", ROWS)
def test_a_number_that_the_input_grows_with_is_not_offered(told):
    found = mended(PROGRAM.format(told=told, repeated="1, 1, STEPS"), most=1)
    assert not any("30" in edit.replacement and "WIDTH" in edit.replacement for edit in edits(found))


@pytest.mark.parametrize("told", ROWS)
def test_what_is_read_is_the_line_that_fails_again(told):
    program = PROGRAM.format(told=told, repeated="1, 1, STEPS")
    assert ways_instead_of(program, told, told.replace("6", "30")) == [False]


def test_data_made_of_a_number_that_changes_are_not_known():
    program = PROGRAM.format(told="STEPS, WIDTH = 5, 6\nSTEPS = WIDTH - 1", repeated="1, 1, STEPS")
    assert ways_instead_of(program, "STEPS, WIDTH = 5, 6", "STEPS, WIDTH = 5, 2") == [None]


def edits(found):
    return [edit for each in found.diagnoses for fix in each.fixes for edit in fix.edits]
