"""A result that is not taken apart, while names that are read below have no value: these were for the rest of it."""

import pytest
from mended import mended, printed

LAYER = """
    rnn, fc = nn.{kind}(5, 6, batch_first=True), nn.Linear(6, 2)
    {taken} = rnn(torch.randn(4, 7, 5))
    print(round(fc(out).sum().item(), 4), round({read}, 4))
"""


@pytest.mark.parametrize(
    ("kind", "right", "read"),
    [
        ("GRU", "out, h", "fc(h[-1]).sum().item()"),
        ("LSTM", "out, (h, _)", "fc(h[-1]).sum().item()"),
        ("LSTM", "out, (_, c)", "c.sum().item()"),
        ("LSTM", "out, state", "(state[0] + state[1]).sum().item()"),
        ("LSTM", "out, (hn, cn)", "fc(cn[-1] + hn[-1]).sum().item()"),
    ],
)
def test_the_rest_gets_the_names_that_are_read(kind, right, read):
    found = mended(LAYER.format(kind=kind, taken="out", read=read))
    assert f"{right} = rnn" in found.text
    assert found.output == printed(LAYER.format(kind=kind, taken=right, read=read))
    assert not found.doubts


OWN = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(5, 1)

        def forward(self, x):
            y = self.fc(x)
            loss, right = y.pow(2).mean(), (y > 0).float().mean()
            return loss, y, right

    {taken} = Net()(torch.randn(4, 5))
    loss.backward()
    print(round(loss.item(), 4), {read})
"""


@pytest.mark.parametrize(("right", "read"), [("loss, _, right", "right.item()"), ("loss, y, right", "y.shape, right")])
def test_of_several_results_the_names_that_are_returned_tell_which(right, read):
    found = mended(OWN.format(taken="loss", read=read))
    assert f"{right} = Net()" in found.text
    assert found.output == printed(OWN.format(taken=right, read=read))


@pytest.mark.parametrize("read", ["1.0", "h.sum().item()"])
def test_names_that_have_a_value_are_none_of_it(read):
    program = "\n    h = torch.ones(2)" + LAYER.format(kind="GRU", taken="out", read=read)
    found = mended(program)
    assert "out, _ = rnn" in found.text


@pytest.mark.parametrize(
    ("before", "behind", "read"),
    [
        ("from math import *", "", "out.sum().item() * pi"),
        ("def begin():\n        global scale\n        scale = 2.0\n    begin()", "", "out.sum().item() * scale"),
        ("", "try:\n        int('a')\n    except ValueError as wrong:\n        print(type(wrong))", "1.0"),
        ("", "match [1, 2]:\n        case [one, *rest]:\n            print(one, rest)", "1.0"),
        ("", "print(__spec__)", "1.0"),
    ],
)
def test_names_that_something_else_binds_are_none_of_it(before, behind, read):
    program = f"\n    {before}{LAYER.format(kind='GRU', taken='out', read=read)}    {behind}\n"
    assert "out, _ = rnn" in mended(program, most=1).text


@pytest.mark.parametrize(
    ("behind", "right"),
    [
        ("h = 1", "out, h"),
        ("for h in range(2):\n        print(h)", "out, _"),
        ("print([\n        h\n        for h in range(2)\n    ])", "out, _"),
    ],
)
def test_a_name_that_gets_its_value_only_behind_has_none_yet(behind, right):
    program = LAYER.format(kind="GRU", taken="out", read="h.sum().item()") + f"    {behind}\n"
    assert f"{right} = rnn" in mended(program, most=1).text
