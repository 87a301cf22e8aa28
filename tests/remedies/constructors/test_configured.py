"""The numbers of a table: not those of what is looked up in one, where an axis of one stands at another place."""

import pytest
from mended import mended, printed

SHARDED = """
    class Shard(nn.Module):
        def __init__(self, first, last, width):
            super().__init__()
            self.first, self.last = first, last
            self.table = nn.Parameter(torch.randn(last - first, width))

        def forward(self, tokens):
            mine = (tokens >= self.first) & (tokens < self.last)
            rows = F.embedding({tokens}, self.table)
            return {masked}

    shards, tokens = [Shard(0, 9, 7), Shard(9, 14, 7)], torch.randint(0, 14, (4, 5))
    print(round(sum(each(tokens) for each in shards).std().item(), 4))
"""
MASKED = [
    ("rows * mine.unsqueeze(1)", "rows * mine.unsqueeze(-1)"),
    ("rows * mine[:, None]", "rows * mine[:, :, None]"),
    ("mine.unsqueeze(1) * rows", "mine.unsqueeze(-1) * rows"),
    ("torch.where(mine.unsqueeze(1), rows, 0.0)", "torch.where(mine.unsqueeze(-1), rows, 0.0)"),
]


@pytest.mark.parametrize("tokens", ["torch.where(mine, tokens - self.first, 0)", "(tokens - self.first) * mine"])
@pytest.mark.parametrize(("bad", "good"), MASKED)
def test_a_mask_of_tokens_is_spread_along_the_features_and_the_table_stays_as_wide(bad, good, tokens):
    found = mended(SHARDED.format(masked=bad, tokens=tokens), most=1)
    assert found.output == printed(SHARDED.format(masked=good, tokens=tokens))
    assert not found.doubts


POSITIONS = """
    class Positions(nn.Module):
        def __init__(self, longest):
            super().__init__()
            self.words = nn.Parameter(torch.randn(20, 6))
            self.places = nn.Parameter(torch.zeros(1, longest, 6))

        def forward(self, tokens):
            return F.embedding(tokens, self.words) + self.places

    print(Positions({longest})(torch.randint(0, 20, (3, 9))).shape)
"""


def test_the_table_beside_what_was_looked_up_is_the_one_that_is_told_the_steps():
    found = mended(POSITIONS.format(longest=4), most=1)
    assert found.output == printed(POSITIONS.format(longest=9))
    assert found.changed == ["print(Positions(9)(torch.randint(0, 20, (3, 9))).shape)"]


WAVES = """
    class Waves(nn.Module):
        def __init__(self, width, longest=30):
            super().__init__()
            t, k = torch.arange(longest)[:, None] / 9.0, torch.arange(width)
            self.register_buffer("table", torch.sin(t * k).unsqueeze(1) + torch.cos(t * k).unsqueeze(1))

        def forward(self, x):
            return self.table[:, :x.size(1)]

    x = torch.randn(4, 12, 7)
    print((x + {waves}).shape)
"""


@pytest.mark.parametrize("waves", ["Waves(7)(x)", "net(x)"])
def test_rows_of_sines_that_are_too_many_are_no_other_number(waves):
    text = WAVES.format(waves=waves).replace("x = torch.randn", "net = Waves(7)\n    x = torch.randn")
    assert "longest=4" not in mended(text).text
