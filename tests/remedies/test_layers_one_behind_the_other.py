"""Recurrent layers one behind the other, of which the next is given all that the one before returned."""

import pytest
from mended import mended, printed

TWO = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.low = nn.{kind}(3, 8, batch_first=True)
            self.high = nn.{kind}(8, 6, batch_first=True)

        def forward(self, x):
            {call}
            y, _ = self.high(y)
            return y[:, -1]

    print(Net()(torch.randn(4, 7, 3)).sum().item())
"""


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_the_output_alone_goes_to_the_next_layer(kind):
    found = mended(TWO.format(kind=kind, call="y = self.low(x)"))
    assert [each.slug for each in found.diagnoses] == ["tuple_not_unpacked"]
    assert found.changed == ["y, _ = self.low(x)"]
    assert found.output == printed(TWO.format(kind=kind, call="y, _ = self.low(x)"))


def test_in_a_loop_it_is_taken_where_the_layer_is_called():
    program = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList(nn.LSTM(n, 5, batch_first=True) for n in (3, 5, 5))

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return x[:, -1].sum()

    print(Net()(torch.randn(4, 7, 3)).item())
"""
    found = mended(program)
    assert found.diagnoses[0].slug == "tuple_not_unpacked"
    assert any(fix.title == "layer(x)[0]" for fix in found.diagnoses[0].fixes)


ROW = """
    class Head(nn.Module):
        def forward(self, both):
            {body}

    def build(sizes):
        parts = [nn.Identity()]
        for n_in, n_out in zip(sizes, sizes[1:]):
            parts.append(nn.{kind}(n_in, n_out, batch_first=True))
        parts.append(Head())
        parts.append(nn.Linear(sizes[-1], 2))
        return nn.Sequential(*parts)

    print(build([3, 8, 6])(torch.randn(4, 7, 3)).sum().item())
"""
IN_LOOP = "    parts.append(Head())\n"


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
@pytest.mark.parametrize("body", ["return both[0]", "seen, _ = both\n            return seen"])
def test_what_takes_the_output_stands_behind_each_layer(kind, body):
    program = ROW.format(kind=kind, body=body)
    found = mended(program)
    assert found.changed[-1] == "parts.append(Head())"
    assert not found.doubts
    right = program.replace("        parts.append(Head())", "            parts.append(Head())")
    assert found.output == printed(right)


def test_the_same_where_lists_are_added():
    program = ROW.format(kind="GRU", body="return both[0]")
    program = program.replace(
        "parts.append(nn.GRU(n_in, n_out, batch_first=True))", "parts += [nn.GRU(n_in, n_out, 1)]"
    )
    program = program.replace("parts.append(Head())", "parts += [Head()]")
    assert mended(program).output == printed(program.replace("        parts += [H", "            parts += [H"))


def test_without_such_a_module_each_layer_gets_one():
    program = ROW.format(kind="GRU", body="return both[0]").replace("        parts.append(Head())\n", "")
    program = program[program.index("    def build") :]
    found = mended(program)
    assert found.output != "crashed"
    assert found.text.count("class _Output") == 1
    assert "parts.append(_Output(nn.GRU(" in found.text


def test_several_layers_that_are_written_out_share_one_module():
    found = mended("print(nn.Sequential(nn.GRU(3, 8), nn.GRU(8, 5), nn.Linear(5, 2))(torch.randn(4, 7, 3)).shape)\n")
    assert found.output == "torch.Size([4, 7, 2])\n"
    assert found.text.count("class _Output") == 1


def test_a_module_behind_the_loop_that_takes_no_tuple_stays_there():
    program = ROW.format(kind="GRU", body="return both.relu()")
    assert not any("in the loop" in fix.title for fix in mended(program, most=1).diagnoses[0].fixes)


def test_a_pair_written_in_the_call_is_no_output():
    program = """
    rnn = nn.LSTM(3, 5)
    x, state = torch.randn(7, 4, 3), (torch.zeros(1, 4, 5), torch.zeros(1, 4, 5))
    print(rnn((x, state))[0].shape)
"""
    assert mended(program, most=1).diagnoses[0].slug != "tuple_not_unpacked"


NAMED = """
    from collections import OrderedDict

    class Take(nn.Module):
        def forward(self, pair):
            return pair[0]

    net = nn.Sequential({row})
    print(net(torch.randn(4, 7, 3)).sum().item())
"""


@pytest.mark.parametrize(
    ("row", "changed"),
    [
        (
            'OrderedDict([("low", nn.LSTM(3, 8)), ("take", Take()), ("high", nn.GRU(8, 6)), ("end", nn.Linear(6, 2))])',
            '("high", nn.GRU(8, 6)), ("high_output", Take()), ("end"',
        ),
        (
            "nn.LSTM(3, 8), Take(), nn.GRU(8, 6), nn.Sequential(nn.Dropout(0.1), nn.Linear(6, 2))",
            "nn.GRU(8, 6), Take(), nn.Sequential",
        ),
    ],
)
def test_in_a_row_of_layers_the_script_s_own_module_takes_the_output_of_the_one_that_lacks_it(row, changed):
    found = mended(NAMED.format(row=row))
    assert [each.slug for each in found.diagnoses] == ["tuple_not_unpacked"]
    assert len(found.changed) == 1
    assert changed in found.changed[0]
    assert not found.diagnoses[0].fixes[0].doubt


def test_layers_that_are_asked_for_by_their_numbers_are_not_surely_moved_on():
    row = "nn.LSTM(3, 8), Take(), nn.GRU(8, 6), nn.Linear(6, 2)"
    assert mended(NAMED.format(row=row).replace("print(", "print(net[3].bias.shape, "), most=1).doubts
