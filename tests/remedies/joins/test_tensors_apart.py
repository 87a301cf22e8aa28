"""What a call takes in one tuple is put into one."""

import pytest
from mended import mended, printed

PARTS = "import numpy as np\na, b, c = torch.rand(3, 4), torch.rand(3, 4), torch.rand(3, 4)\n"


@pytest.mark.parametrize(
    ("apart", "right"),
    [
        ("torch.cat(a, b, 1)", "torch.cat((a, b), 1)"),
        ("torch.cat(a, b, dim=1)", "torch.cat((a, b), dim=1)"),
        ("torch.cat(a, b)", "torch.cat((a, b))"),
        ("torch.stack(a, b, c, dim=2)", "torch.stack((a, b, c), dim=2)"),
        ("torch.hstack(a,  b)", "torch.hstack((a, b))"),
        ("torch.concat(a + 1, b[:2],\n    c, dim=0)", "torch.concat((a + 1, b[:2], c), dim=0)"),
        ("np.concatenate(a.numpy(), b.numpy(), axis=1)", "np.concatenate((a.numpy(), b.numpy()), axis=1)"),
        ("np.vstack(a.numpy(), b.numpy())", "np.vstack((a.numpy(), b.numpy()))"),
    ],
)
def test_tensors_to_join_are_put_into_a_tuple(apart, right):
    program = PARTS + "whole = {}\nprint(whole.shape, whole[0].tolist())\n"
    found = mended(program.format(apart))
    assert found.output == printed(program.format(right))
    assert not found.doubts


@pytest.mark.parametrize(
    ("made", "states"),
    [
        ("nn.LSTM(4, 5)", "torch.zeros(1, 3, 5), torch.ones(1, 3, 5)"),
        ("nn.LSTMCell(4, 5)", "torch.zeros(3, 5), torch.ones(3, 5)"),
    ],
)
@pytest.mark.parametrize(("given", "right"), [("h, c", "(h, c)"), ("h * 1, c.tanh()", "(h * 1, c.tanh())")])
def test_the_states_of_an_lstm_are_a_pair(made, states, given, right):
    x = "torch.rand(6, 3, 4)" if "Cell" not in made else "torch.rand(3, 4)"
    program = f"layer = {made}\nh, c = {states}\nprint(layer({x}, {{}})[0].sum().item())\n"
    found = mended(program.format(given))
    assert found.output == printed(program.format(right))
    assert not found.doubts


def test_a_gru_takes_no_pair():
    states = "h, c = torch.zeros(1, 3, 5), torch.ones(1, 3, 5)"
    program = f"layer = nn.GRU(4, 5)\n{states}\nprint(layer(torch.rand(6, 3, 4), h, c))"
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not [fix for fix in fixes if fix.title == "(h, c)"]


@pytest.mark.parametrize("dim", ["", ", dim=1"])
def test_one_tensor_is_stacked_of_its_rows(dim):
    program = PARTS + f"for rows in ([a[0], a[1]], a):\n    print(torch.stack({{}}{dim}).tolist())\n"
    found = mended(program.format("rows"))
    assert found.output == printed(program.format("list(rows)"))
    assert not found.doubts


def test_one_tensor_that_was_to_be_joined_is_in_doubt():
    assert all(fix.doubt for fix in mended(PARTS + "print(torch.cat(a, 1))", most=1).diagnoses[0].fixes)
