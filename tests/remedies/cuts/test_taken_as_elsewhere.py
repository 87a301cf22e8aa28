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


OF_BOTH = """
    def loss_of(net, x, y):
        first, losses = y[:, 0], []
        for at in range(3):
            losses.append({loss})
        return torch.stack(losses) + first.sum()


    x, y = torch.randn(6, 3, 5), torch.randint(0, 4, (3, 6))
    print(round(loss_of(nn.Linear(5, 4), x, y).sum().item(), 4))
"""


@pytest.mark.parametrize("loss", ["F.cross_entropy(net(x[at]), y[at])", "F.nll_loss(net(x[at]).log_softmax(1), y[at])"])
def test_where_the_same_number_takes_both_either_may_be_wrong(loss):
    assert mended(OF_BOTH.format(loss=loss), most=1).doubts
