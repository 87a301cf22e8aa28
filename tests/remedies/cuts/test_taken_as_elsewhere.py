"""A step that is taken along another axis than elsewhere in the function."""

import pytest
from mended import mended, printed

PROGRAM = """
    def steps_of(net, x):
        guess, losses = {first}, []
        for at in range(1, 4):
            guess = net(guess)
            losses.append({loss})
        return torch.stack(losses)


    wanted = torch.randn({sizes})
    net = nn.Linear(3, 3)
    print(round(steps_of(net, wanted).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("sizes", "loss", "wrong", "right"),
    [
        ("6, 4, 3", "F.mse_loss(guess, {})", "x[at]", "x[:, at]"),
        ("6, 4, 3", "(guess - {}).pow(2).mean()", "x[at]", "x[:, at]"),
        ("4, 6, 3", "F.l1_loss(guess, {})", "x[:, at]", "x[at]"),
        ("4, 6, 3", "F.mse_loss(guess, {})", "x[:, at, :]", "x[at]"),
    ],
)
@pytest.mark.filterwarnings("ignore:Using a target size")
def test_it_is_taken_as_elsewhere(sizes, loss, wrong, right):
    first = right.replace("at", "0")
    found = mended(PROGRAM.format(first=first, loss=loss.format(wrong), sizes=sizes), most=1)
    assert not found.doubts
    right_program = PROGRAM.format(first=first, loss=loss.format(right), sizes=sizes)
    assert found.output == printed(right_program)


@pytest.mark.filterwarnings("ignore:Using a target size")
def test_what_is_taken_in_both_ways_elsewhere_decides_nothing():
    program = PROGRAM.format(first="x[:, 0] + x[0, 0]", loss="F.mse_loss(guess, x[at])", sizes="6, 4, 3")
    found = mended(program, most=1)
    assert not any(fix.title == "x[:, at]" and fix.cost == 0.05 for fix in found.diagnoses[0].fixes)
