"""A layer that is told the width of one of several parts: its class joins them, or whoever gives them has."""

import pytest
from mended import mended, printed

PROGRAM = """
class Score(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.mix = nn.Linear({told}, width)
        self.to_one = nn.Parameter(torch.ones(width))

    def forward(self, one, other):
        {joined}
        return self.mix({given}).tanh() @ self.to_one


class Pair(nn.Module):
    def __init__(self, width=6):
        super().__init__()
        self.rnn, self.score = nn.GRU(3, width, batch_first=True), Score(width)

    def forward(self, x):
        out, state = self.rnn(x)
        return self.score(state[-1].unsqueeze(1).expand(-1, out.size(1), -1), out)


print(Pair()(torch.randn(4, 5, 3)).sum().item())
"""


@pytest.mark.parametrize(
    ("joined", "given"),
    [
        ("pass", "torch.cat((one, other), dim=2)"),
        ("both = torch.cat([one, other], -1)", "both"),
        ("both = torch.cat([one, other], -1)", "both.relu()"),
    ],
)
def test_what_joins_the_parts_itself_is_told_the_width_of_one(joined, given):
    found = mended(PROGRAM.format(told="width", joined=joined, given=given), most=1)
    assert found.output == printed(PROGRAM.format(told="2 * width", joined=joined, given=given))
    assert "Score(width)" in found.text
    assert not found.doubts
