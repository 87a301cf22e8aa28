"""Tables that are worked out of a row of numbers, too short by what is joined to the steps; tables as wide as long."""

import pytest
from mended import mended, printed

ENCODER = """
    class Encoder(nn.Module):
        def __init__(self, n=6, grid=(2, 3), dim=8):
            super().__init__()
            self.first = nn.Parameter(torch.ones(1, {more}, dim) * 0.3)
            self.code = {code}
        def forward(self, x):
            x = torch.cat([self.first.expand(x.size(0), -1, -1), x], dim=1)
            return x + self.code
    print(round((Encoder()(torch.randn(3, 6, 8)).mean((0, 2)) * torch.arange(6 + {more})).sum().item(), 4))
"""


@pytest.mark.parametrize("more", [1, 2])
@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("nn.Parameter(torch.linspace(0, 1, {})[None, :, None] * torch.ones(dim))", "n"),
        ("torch.arange({}).float()[:, None] * torch.ones(1, dim)", "n"),
        ("nn.Parameter(torch.linspace(-1, 1, steps={}).view(1, -1, 1).repeat(1, 1, dim))", "grid[0] * grid[1]"),
    ],
)
def test_a_count_for_what_is_joined(more, code, count):
    found = mended(ENCODER.format(more=more, code=code.format(count)))
    right = f"{count} + {more}"
    assert found.output == printed(ENCODER.format(more=more, code=code.format(right)))
    assert right in found.changed[0]
    assert not found.doubts


def test_two_rows_of_numbers_are_left():
    code = "torch.arange(n).float()[:, None] * torch.linspace(0, 1, dim)"
    assert code in mended(ENCODER.format(more=1, code=code)).text


GATE = """
    class Gate(nn.Module):
        def __init__(self, groups=5, width={width}):
            super().__init__()
            self.scale, self.body = nn.Embedding(groups, {given}), nn.Linear(7, width)
            self.head = nn.Linear(width, 2)
        def forward(self, x, g):
            return self.head(self.body(x).relu() {sign} self.scale(g))
    print(round((Gate()(torch.randn(4, 7), torch.tensor([1, 0, 4, 2])).std(1) * torch.arange(4)).sum().item(), 4))
"""


@pytest.mark.parametrize("sign", ["*", "+"])
def test_the_rows_of_an_embedding_written_for_its_width(sign):
    found = mended(GATE.format(width=12, given="groups", sign=sign))
    assert found.output == printed(GATE.format(width=12, given="width", sign=sign))
    assert not found.doubts
