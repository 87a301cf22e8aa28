"""Values that a function returns in another order than the names that take them."""

import pytest
from mended import mended, printed

LOADED = """
    def load():
        x, y = torch.rand(9, 4, 3), torch.rand(9, 1)
        return {returned}

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.out = nn.GRU(3, 5, batch_first=True), nn.Linear(5, 1)

        def forward(self, x):
            steps, _ = self.rnn(x)
            return self.out(steps[:, -1, :])

    {taken} = load()
    print(round(F.mse_loss(Net()(x), y).item(), 4))
"""


@pytest.mark.parametrize(
    ("returned", "taken", "right"),
    [("y, x", "x, y", "y, x"), ("(y, x)", "(x, y)", "(y, x)"), ("y, None, x", "x, _, y", "y, _, x")],
)
def test_the_names_are_put_in_the_order_of_what_is_returned(returned, taken, right):
    found = mended(LOADED.format(returned=returned, taken=taken), most=1)
    assert found.changed == [f"{right} = load()"]
    assert found.output == printed(LOADED.format(returned=returned, taken=right))
    assert not found.doubts


ATTENDED = """
    class Attention(nn.Module):
        def forward(self, query, keys):
            weights = torch.softmax(keys @ query.unsqueeze(2), 1)
            context = (weights * keys).sum(1)
            return weights, context

    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.look, self.out = Attention(), nn.Linear(6, 2)

        def forward(self, query, keys):
            {taken} = self.look(query, keys)
            return self.out(context)

    print(round(Reader()(torch.rand(4, 6), torch.rand(4, 7, 6)).sum().item(), 4))
"""


@pytest.mark.parametrize(("taken", "right"), [("context, _", "_, context"), ("context, weights", "weights, context")])
def test_what_a_module_returns_is_taken_by_its_names(taken, right):
    found = mended(ATTENDED.format(taken=taken), most=1)
    assert found.changed == [f"{right} = self.look(query, keys)"]
    assert found.output == printed(ATTENDED.format(taken=right))


def test_names_of_their_own_tell_nothing():
    found = mended(LOADED.replace("(x), y)", "(a), b)").format(returned="y, x", taken="a, b"), most=1)
    assert found.changed != ["b, a = load()"]


def test_names_that_another_call_takes_so_are_in_doubt():
    twice = LOADED.format(returned="y, x", taken="x, y").replace("    print(", "    x, y = load()\n    print(", 1)
    found = mended(twice, most=1)
    told = [fix for fix in found.diagnoses[0].fixes if "load()" in fix.title]
    assert told
    assert all(fix.doubt for fix in told)


def test_what_hands_back_its_arguments_exchanged_does_so_on_purpose():
    program = """
    def flip(x, y):
        return y, x

    net = nn.Linear(8, 6)
    x, y = torch.randn(5, 8), torch.randn(5, 6)
    x, y = flip(x, y)
    print(F.mse_loss(net(x), y).item())
    """
    assert "y, x = flip" not in mended(program, most=1).text
