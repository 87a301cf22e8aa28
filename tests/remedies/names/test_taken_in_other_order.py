"""Two results of a call are taken in the other order, where the one would fit that bears the other's name."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Coder(nn.Module):
        def __init__(self):
            super().__init__()
            self.down, self.up = nn.Linear(8, 3), nn.Linear(3, 8)

        def forward(self, x):
            code = torch.tanh(self.down(x))
            return {returned}

    x = torch.rand(5, 8)
    {taken} = Coder()(x)
    print(round(({formula}).item(), 4))
"""
FORMULAS = ["F.mse_loss({}, x)", "(x - {}).pow(2).mean()", "(x + {}).sum()"]


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize(("returned", "at"), [("self.up(code), code * 2", 0), ("code * 2, self.up(code)", 1)])
def test_the_names_change_places(formula, returned, at):
    right, wrong = ("said, hidden", "hidden, said")[:: 1 - 2 * at]
    parts = {"returned": returned, "formula": formula.format("said")}
    found = mended(PROGRAM.format(taken=wrong, **parts))
    assert found.changed == [f"{right} = Coder()(x)"]
    assert found.output == printed(PROGRAM.format(taken=right, **parts))
    assert not found.doubts


def test_a_second_name_that_is_read_as_well_leaves_a_doubt():
    formula = "(x + said).sum() + hidden.mean()"
    found = mended(PROGRAM.format(returned="self.up(code), code * 2", taken="hidden, said", formula=formula))
    assert found.changed == ["said, hidden = Coder()(x)"]
    assert found.doubts == ["the other of the two is read as well, and may be right where it stands"]


def test_a_second_result_that_does_not_fit_either_is_left():
    program = PROGRAM.format(returned="code, code * 2", taken="hidden, said", formula=FORMULAS[1].format("said"))
    assert "said, hidden" not in mended(program, most=1).text
