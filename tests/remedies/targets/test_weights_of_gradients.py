"""The weights of a gradient are made like what it is asked of."""

import pytest
from mended import mended, printed

PROGRAM = """
    net = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 1))


    def slope(u, x):
        weights = {weights}
        {asked}


    place = torch.rand(7, 3, requires_grad=True)
    print(slope(net(place), place))
"""
ASKED = "return torch.autograd.grad({many}, x, grad_outputs={given})[0].sum(0)"


@pytest.mark.parametrize("weights", ["torch.ones_like(x)", "torch.ones(x.shape)", "torch.ones(7, 3)"])
@pytest.mark.parametrize(("many", "given"), [("u", "weights"), ("[u]", "[weights]")])
def test_ones_are_made_like_what_the_gradient_is_asked_of(weights, many, given):
    asked = ASKED.format(many=many, given=given)
    found = mended(PROGRAM.format(weights=weights, asked=asked))
    assert found.diagnoses[0].slug == "gradient_weighed_in_other_shape"
    assert not found.doubts
    assert found.output == printed(PROGRAM.format(weights="torch.ones_like(u)", asked=asked))


def test_backward_is_given_weights_as_well():
    asked = "u.backward(weights); return x.grad.sum(0)"
    found = mended(PROGRAM.format(weights="torch.ones_like(x)", asked=asked))
    assert found.output == printed(PROGRAM.format(weights="torch.ones_like(u)", asked=asked))


def test_weights_that_are_no_ones_are_left():
    asked = ASKED.format(many="u", given="weights")
    found = mended(PROGRAM.format(weights="torch.rand_like(x)", asked=asked))
    assert not found.diagnoses[0].fixes
    assert found.diagnoses[0].explanation == ("the gradient is asked of u (7, 1), and its weights are (7, 3)")


def test_a_column_of_ones_beside_several_columns_is_in_doubt():
    program = PROGRAM.replace("nn.Linear(6, 1)", "nn.Linear(6, 2)")
    found = mended(program.format(weights="torch.ones(7, 1)", asked=ASKED.format(many="u", given="weights")))
    assert found.changed == ["weights = torch.ones_like(u)"]
    assert found.doubts == ["the gradient may be meant of one column alone, as its weights are written"]


CHOSEN = """
    net = nn.Linear(3, 4)
    x, picks = torch.randn(6, 3), torch.tensor([0, 3, 1, 1, 2, 0])
    chosen = net(x).gather(1, picks[:, None]){left}
    error = (1 - chosen.detach()).clamp(-1, 1)
    {made}
    {asked}
    print(net.weight.grad.sum(1))
"""


@pytest.mark.parametrize(
    ("left", "given", "right"),
    [
        (".squeeze(1)", "error.data.unsqueeze(1)", "error.data"),
        (".squeeze(1)", "error[:, None]", "error"),
        ("", "error.squeeze(1)", "error"),
    ],
)
@pytest.mark.parametrize("asked", ["chosen.backward({})", "torch.autograd.backward([chosen], [{}])"])
def test_weights_with_an_axis_of_one_more_or_less_lie_as_the_numbers(left, given, right, asked):
    found = mended(CHOSEN.format(left=left, made="pass", asked=asked.format(given)))
    assert found.output == printed(CHOSEN.format(left=left, made="pass", asked=asked.format(right)))
    assert not found.doubts


def test_an_axis_that_was_put_in_before_is_left_out_where_it_was():
    made = "weights = -error.unsqueeze(1)"
    found = mended(CHOSEN.format(left=".squeeze(1)", made=made, asked="chosen.backward(weights)"))
    right = CHOSEN.format(left=".squeeze(1)", made="weights = -error", asked="chosen.backward(weights)")
    assert found.output == printed(right)
    assert not found.doubts


AXES = """
    net, x = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 1)), torch.rand(7, 3)
    out, wanted = net(x){many}, torch.rand(7)
    error = (wanted - net(x).squeeze(1)).detach()
    out.backward({given})
    print(round(net[0].weight.grad.sum().item(), 4))
"""
COUNTED = [
    (".squeeze(1)", "error.unsqueeze(1)", "error"),
    (".squeeze(1)", "error[:, None]", "error"),
    ("", "error", "error.unsqueeze(1)"),
    ("", "error * 2", "(error * 2).unsqueeze(1)"),
    (".mean()", "torch.tensor([1.0])", "torch.tensor(1.0)"),
    (".mean()", "-torch.ones(1)", "-torch.tensor(1.0)"),
]


@pytest.mark.parametrize(("many", "bad", "good"), COUNTED)
def test_an_axis_of_one_is_put_to_the_weights_or_left_out(many, bad, good):
    found = mended(AXES.format(many=many, given=bad))
    assert found.output == printed(AXES.format(many=many, given=good))
    assert not found.doubts


def test_weights_for_other_samples_are_left():
    found = mended(AXES.format(many="", given="error[:6]"))
    assert found.output == "crashed"
