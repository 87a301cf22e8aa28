"""A whole tensor where one of its sizes is wanted: the axis is told by what is done with it, or left in doubt."""

import pytest
from mended import mended, printed

SERIES = "x = torch.randn(4, 7, 5)\n"
PLACES = {
    "state": "y, _ = nn.GRU(5, 6, batch_first=True)(x, torch.zeros(1, {x.size(0)}, 6))\nprint(y.sum().item())",
    "state, steps first": "y, _ = nn.GRU(5, 6)(x, torch.zeros(1, {x.size(1)}, 6))\nprint(y.sum().item())",
    "shape of a state": (
        "shape = (1, {x.size(0)}, 6)\n"
        "y, _ = nn.LSTM(5, 6, batch_first=True)(x, (torch.zeros(shape), torch.zeros(shape)))\nprint(y.sum().item())"
    ),
    "state of a cell": (
        "cell, h = nn.GRUCell(5, 6), x.new_zeros({x.size(0)}, 6)\n"
        "for t in range(7):\n    h = cell(x[:, t], h)\nprint(h.sum().item())"
    ),
    "beside its like": (
        "cell = nn.LSTMCell(5, 6)\nh, c = torch.zeros(x.size(1), 6), torch.zeros({x.size(1)}, 6)\n"
        "for step in x:\n    h, c = cell(step, (h, c))\nprint(h.sum().item())"
    ),
    "rounds": "for t in range({x.size(1)} - 1):\n    print(x[:, t].sum().item())",
    "rounds from the second on": "for t in range(1, {x.size(0)}):\n    print(x[t].sum().item())",
    "table": "table = torch.randn(1, 20, 5)\nprint((x + table[:, :{x.size(1)}]).sum().item())",
    "table of two axes": "table = torch.randn(20, 5)\nprint((x + table[:{x.size(1)}]).sum().item())",
    "table of steps first": "table = torch.randn(20, 1, 5)\nprint((x + table[:{x.size(0)}]).sum().item())",
    "own index": "w = torch.randint(0, 7, (4,))\nprint(x[torch.arange({x.size(0)}), w].sum().item())",
    "order": "order = torch.randperm({x.size(1)})\nprint(x[:, order].sum().item())",
    "mask": (
        "lens = torch.tensor([3, 7, 2, 5])\nprint((torch.arange({x.size(1)})[None, :] < lens[:, None]).sum().item())"
    ),
    "view": "print(x.view({x.size(0)}, -1).shape)",
    "middle of a view": "print(x.reshape(x.size(0), {x.size(1)}, -1, 1).shape)",
    "features of a view": "print(x.view(-1, {x.size(2)}).shape)",
    "repeated": "h = torch.randn(7, 5)\nprint((h.repeat({x.size(0)}, 1, 1) + x).sum().item())",
    "as many axes": "print((torch.rand({x.size(0)}, 1, 1) * x).sum().item())",
    "one more count": "print(int(torch.randint({x.size(1)} // 2, x.size(1) - 1, (1,))))",
    "all steps": "print(F.max_pool1d(x, {x.size(2)}).sum().item())",
    "mask of pairs": (
        "look = torch.ones({x.size(1)}, x.size(1)).triu(1).bool()\nprint((x @ x.mT).masked_fill(look, 0).sum().item())"
    ),
    "index of what is as long": (
        "y, at = torch.randn(4, 7, 3), torch.tensor([2, 0, 1, 1, 0, 2, 2])\n"
        "print(y[0, torch.arange({x.size(1)}), at].sum().item())"
    ),
    "smaller of two": "n = min(3, {x.size(1)} - 1)\nprint(torch.zeros(n).shape)\nprint(x.size(1))",
}
ASKED = [place for place in PLACES if place != "smaller of two"]


def _written(place, text):
    asked = PLACES[place].partition("{")[2].partition("}")[0]
    return SERIES + PLACES[place].replace("{" + asked + "}", text or asked), asked


@pytest.mark.parametrize("place", ASKED)
def test_the_size_is_asked_of_the_axis_that_is_meant(place):
    found = mended(_written(place, "x")[0])
    right, asked = _written(place, "")
    assert found.output == printed(right)
    assert asked in found.text
    assert not found.doubts
    assert found.diagnoses[0].slug == "tensor_as_size"


def test_the_smaller_of_a_tensor_and_a_number_is_none():
    found = mended(_written("smaller of two", "x")[0])
    assert found.diagnoses[0].slug == "tensor_as_size"


@pytest.mark.parametrize("place", ["state", "state, steps first", "state of a cell"])
def test_of_all_sizes_one_is_taken(place):
    asked = _written(place, "")[1]
    found = mended(_written(place, "x.shape")[0])
    assert found.output == printed(_written(place, "")[0])
    assert f"x.shape[{asked[-2]}]" in found.text


FUNCTION = """
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(5, 6, batch_first=True)

        def begin(self, n):
            return torch.zeros(1, n, 6), torch.zeros(1, n, 6)

        def forward(self, x):
            out, _ = self.rnn(x, self.begin({given}))
            return out

    print(Reader()(torch.randn(4, 7, 5)).sum().item())
"""


def test_the_size_is_asked_for_where_the_tensor_was_given_for_a_number():
    found = mended(FUNCTION.format(given="x"))
    assert "self.begin(x.size(0))" in found.text
    assert found.output == printed(FUNCTION.format(given="x.size(0)"))
    assert not found.doubts


NAMED = """
    def apart(q, heads=2):
        n = {given}
        q = q * 2
        return q.view(n, -1, heads, 3).transpose(1, 2)

    print(apart(torch.randn(4, 7, 6)).shape)
"""


def test_the_size_is_asked_for_where_it_gets_its_name():
    found = mended(NAMED.format(given="q"))
    assert "n = q.size(0)" in found.text
    assert not found.doubts


@pytest.mark.parametrize(
    "taken", ["n, steps, width = {}\nprint(x.view(n * steps, width).shape)", "print((y.expand({}) * x).sum())"]
)
def test_all_sizes_are_asked_at_once(taken):
    program = SERIES + "y = torch.ones(4, 1, 1)\n" + taken
    found = mended(program.format("x"))
    assert "x.size()" in found.text
    assert found.output == printed(program.format("x.size()"))
    assert not found.doubts


def test_a_tensor_that_is_taken_apart_along_an_axis_is_left():
    program = "qkv = torch.randn(5, 3, 7)\nq, k, v = qkv\nprint((q * k + v).sum().item())"
    assert "qkv.size()" not in mended(program, most=1).text


def test_nothing_tells_which_of_them():
    found = mended("x = torch.randn(4, 7, 5)\nprint(torch.eye(x).shape)", most=1)
    assert found.doubts
    titles = [fix.title for fix in found.diagnoses[0].fixes]
    assert titles == ["x.size(0)", "x.size(1)", "x.size(2)"]


def test_a_row_of_lengths_may_mean_the_longest():
    found = mended("lengths = torch.tensor([3, 7, 2])\nprint(torch.arange(lengths).shape)", most=1)
    assert found.changed == ["print(torch.arange(lengths.size(0)).shape)"]
    assert found.doubts == ["one of the numbers in it may be what is meant, such as the largest"]


def test_a_tensor_of_one_number_counts():
    program = "n = torch.tensor(3)\nprint(torch.zeros(1, n, 6).shape, torch.zeros(n).view(2, 2))"
    assert all(found.slug != "tensor_as_size" for found in mended(program, most=1).diagnoses)


@pytest.mark.parametrize("made", ["torch.zeros(3, x)", "torch.ones(2, x)", "torch.empty(n, x)"])
def test_a_table_of_another_first_axis_leaves_open_which_axis_lies_last(made):
    assert mended(f"n, x = 6, torch.randn(4, 5)\nprint({made}.shape)", most=1).doubts
