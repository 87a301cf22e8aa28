"""A class made of a layer of torch, whose forward hands on to that layer: told as the layer's own call."""

import pytest
from mended import mended, printed

RECURRENT = """
    class Fresh(nn.{kind}):
        def forward(self, x, state=None):
            if state is None:
                state = x.new_zeros(self.num_layers, {asked}, self.hidden_size)
                {pair}
            out, state = super().forward(x, state)
            return out * 2, state


    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.head = Fresh(3, 6{first}), nn.Linear(6, 2)

        def forward(self, x):
            return self.head(self.rnn(x)[0])


    print(round(Net()(torch.randn(4, 7, 3)).sum().item(), 4))
"""


@pytest.mark.parametrize(("kind", "pair"), [("GRU", "pass"), ("LSTM", "state = state, state")])
@pytest.mark.parametrize(
    ("first", "wrong", "right"), [("", "x.size(0)", "x.size(1)"), (", batch_first=True", "x.size(1)", "x.size(0)")]
)
def test_the_state_of_a_recurrent_layer(kind, pair, first, wrong, right):
    found = mended(RECURRENT.format(kind=kind, pair=pair, first=first, asked=wrong), most=1)
    assert found.output == printed(RECURRENT.format(kind=kind, pair=pair, first=first, asked=right))


CONVOLUTION = """
    class Normed(nn.Conv1d):
        def forward(self, x):
            return super().forward({given}).relu()


    print(round(Normed(5, 2, 3)(torch.randn(4, 9, 5)).sum().item(), 4))
"""


def test_the_input_of_a_convolution():
    found = mended(CONVOLUTION.format(given="x"), most=1)
    assert found.diagnoses[0].slug == "channels_not_second"
    assert found.output == printed(CONVOLUTION.format(given="x.transpose(1, 2)"))


def test_a_parent_of_the_scripts_own_is_read_as_before():
    program = """
    class Base(nn.Linear):
        def forward(self, x):
            return super().forward(x{turned})


    class Wide(Base):
        def forward(self, x):
            return super().forward(x) + 1


    print(round(Wide(5, 3)(torch.randn(5, 2)).sum().item(), 4))
    """
    found = mended(program.format(turned=""), most=1)
    assert found.output == printed(program.format(turned=".transpose(0, 1)"))
