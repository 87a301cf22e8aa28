"""Both states of an LSTM in one tensor: a tuple is made of it where it is made, or where the layer is given it."""

import pytest
from mended import mended, printed

PROGRAM = """
class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, num_layers=2)

    def begin(self, count):
        {begin}

    def forward(self, x, state):
        return self.lstm(x, {given})[0]


reader = Reader()
state = reader.begin(5)
print(reader(torch.randn(6, 5, 3), state).sum().item())
"""


@pytest.mark.parametrize(
    ("begin", "given", "good"),
    [
        ("return torch.rand(2, 2, count, 4)", "state", "return tuple(torch.rand(2, 2, count, 4))"),
        ("a = torch.rand(2, 2, count, 4)|return a", "state", "a = tuple(torch.rand(2, 2, count, 4))"),
        ("a = torch.ones(2, 2, count, 4).mul(2)|a = a.add(1)|return a", "state", ""),
    ],
)
def test_a_tuple_is_made_of_it(begin, given, good):
    begin = begin.replace("|", "\n        ")
    found = mended(PROGRAM.format(begin=begin, given=given), most=1)
    assert found.diagnoses[0].slug == "one_state_for_lstm"
    assert good in found.text
    assert found.output == printed(PROGRAM.format(begin=begin, given=f"tuple({given})"))
    assert not found.doubts


def test_states_that_something_else_put_together_need_not_be_a_pair():
    begin = "return torch.stack([torch.rand(2, count, 4), torch.rand(2, count, 4)])"
    assert mended(PROGRAM.format(begin=begin, given="state"), most=1).doubts
