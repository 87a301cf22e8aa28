"""The state of one of several cells, where the number of the cell took a whole state out of a tuple."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Stack(nn.Module):
        def __init__(self, depth):
            super().__init__()
            self.cells = nn.ModuleList([nn.{kind}(4 if at == 0 else 6, 6) for at in range(depth)])

        def forward(self, x, state):
            for layer, cell in enumerate(self.cells):
                x = cell(x, state{part})
            return x


    torch.manual_seed(5)
    state = ({whole},)
    print(Stack(2)(torch.randn(3, 4), state).sum().item())
"""


@pytest.mark.parametrize("kind", ["GRUCell", "RNNCell"])
def test_the_part_of_the_layer_is_taken_of_the_state_in_the_tuple(kind):
    fields = {"kind": kind, "whole": "torch.randn(2, 3, 6)"}
    found = mended(PROGRAM.format(part="[layer]", **fields))
    assert found.changed == ["x = cell(x, state[0][layer])"]
    assert found.output == printed(PROGRAM.format(part="[0][layer]", **fields))
    assert not found.doubts


def test_a_state_of_too_few_layers_is_none_of_them():
    found = mended(PROGRAM.format(kind="GRUCell", part="[layer]", whole="torch.randn(2, 3, 6), torch.randn(1, 3, 6)"))
    assert not any("[0][layer]" in line for line in found.changed)


CARRIED = """
    class Agent(nn.Module):
        def __init__(self):
            super().__init__()
            self.core = nn.LSTMCell(4, 6)

        def start(self, n):
            return torch.zeros(n, 6), torch.zeros(n, 6)

        def forward(self, x, state=None):
            zero = x.new_zeros({zero}, 6)
            return self.core(x * 1, {state})

    agent, state = Agent(), None
    for _ in range(2):
        state = agent(torch.randn(5, 4), state)
    print(state[0].sum().item())
"""


@pytest.mark.parametrize(
    ("zero", "state", "change"),
    [
        (
            "1",
            "state or (x.new_zeros(1, 6), x.new_zeros(1, 6))",
            "(x.new_zeros(x.size(0), 6), x.new_zeros(x.size(0), 6))",
        ),
        ("1", "(zero, zero) if state is None else state", "zero = x.new_zeros(x.size(0), 6)"),
        ("1", "state or tuple(x.new_zeros(1, 6) for _ in 'hc')", "tuple(x.new_zeros(x.size(0), 6) for _ in 'hc')"),
        ("len(x)", "state or self.start(1)", "self.start(x.size(0))"),
    ],
)
def test_a_state_of_one_row_has_the_samples_where_it_is_made(zero, state, change):
    found = mended(CARRIED.format(zero=zero, state=state))
    assert change in found.changed[0]
    assert found.output == printed(CARRIED.format(zero="len(x)", state="state or (zero, zero)"))
    assert not found.doubts


def test_nothing_is_asked_of_a_tuple_that_tensors_alone_have():
    program = CARRIED.format(zero=1, state="state or (self.made[0], self.made[0])")
    found = mended(program.replace("self.core =", "self.made = torch.zeros(1, 1, 6)\n            self.core ="), most=1)
    assert not any(").expand(" in line for line in found.changed)
