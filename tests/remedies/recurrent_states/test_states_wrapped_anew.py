"""A state that each round wraps in a tuple anew is mended where it was begun, and the tuple is given no method."""

import pytest
from mended import mended, printed

PROGRAM = """
class Reader(nn.Module):
    def __init__(self, layers, width):
        super().__init__()
        self.layers, self.width = layers, width
        self.rnn = nn.LSTM(3, width, layers, batch_first=True)

    def forward(self, x, state):
        out, state = self.rnn(x, state)
        return out, state

    def begin(self, rows):
        return ({sizes}, {sizes})


model = Reader(2, 4)
state = model.begin(5)
for x in torch.randn(3, 5, 6, 3):
    state = {wrapped}
    out, state = model(x, state)
print(out.sum().item())
"""
RIGHT = "torch.zeros(self.layers, rows, self.width)"


@pytest.mark.parametrize(
    "wrapped",
    [
        "tuple(each.data for each in state)",
        "tuple([each.detach() for each in state])",
        "list(each.detach() for each in state)",
        "[each.detach() for each in state]",
    ],
)
@pytest.mark.parametrize(
    "wrong",
    [
        "torch.zeros(rows, self.layers, self.width)",
        "torch.zeros(1, rows, self.width)",
        "torch.zeros(self.layers, self.width, rows)",
    ],
)
def test_the_sizes_are_mended_where_the_state_is_begun(wrapped, wrong):
    found = mended(PROGRAM.format(sizes=wrong, wrapped=wrapped))
    assert found.output == printed(PROGRAM.format(sizes=RIGHT, wrapped=wrapped))
    assert not any(f"{wrapped}." in edit.replacement for edit in edits(found))
    assert not any("begin(5)." in edit.replacement for edit in edits(found))


def edits(found):
    return [edit for each in found.diagnoses for fix in each.fixes for edit in fix.edits]
