"""A loop that begins with one value and hands on another: each has its own place to be changed."""

import pytest
from mended import mended, printed

WRITER = """
    class Writer(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.rnn, self.out = nn.Embedding(9, 4), nn.{kind}(4, 6, batch_first=True), nn.Linear(6, 9)

        def forward(self, picture, state=None):
            said, given = [], picture{first}
            for _ in range(4):
                seen, state = self.rnn(given, state)
                word = self.out(seen.squeeze(1)).argmax(-1)
                said.append(word)
                given = self.table(word){later}
            return torch.stack(said, 1)


    print(Writer()(torch.randn({count}, 4)).tolist())
"""


@pytest.mark.parametrize("kind", ["GRU", "LSTM"])
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("left_out", ["first", "later"])
def test_the_axis_is_put_in_where_it_is_missing(kind, count, left_out):
    both = {"first": ".unsqueeze(1)", "later": ".unsqueeze(1)"}
    found = mended(WRITER.format(kind=kind, count=count, **{**both, left_out: ""}))
    assert found.output == printed(WRITER.format(kind=kind, count=count, **both))
    assert not found.doubts


def test_what_no_round_has_left_is_changed_where_it_is_used():
    program = """
    rnn, state = nn.GRU(4, 6, batch_first=True), torch.zeros(1, 3, 6)
    for step in torch.randn(5, 3, 4):
        seen, state = rnn(step{}, state)
    print(round(seen.sum().item(), 4))
    """
    found = mended(program.format(""))
    assert found.changed == ["seen, state = rnn(step.unsqueeze(1), state)"]
    assert found.output == printed(program.format(".unsqueeze(1)"))
