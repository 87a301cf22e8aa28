"""A table that was told its rows and its columns the other way round, as what reads it tells."""

import pytest
from mended import mended, printed

TAGGER = """
    class Tagger(nn.Module):
        def __init__(self, tokens=23, width=6, hidden=8):
            super().__init__()
            self.table, self.walk = nn.Embedding({table}), nn.LSTM({walk}, hidden, batch_first=True)
            self.out = nn.Linear(hidden, {scores})

        def forward(self, x):
            return self.out(self.walk(self.table(x))[0])

    {before}
    print(round(Tagger()(torch.arange({first}, {first} + 4).view(2, 2)).std().item(), 4))
"""
PLAIN = {"table": "tokens, width", "walk": "width", "scores": "tokens", "first": 14, "before": ""}


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({}, "width, tokens"),
        # No token of this batch lies beyond the rows.
        ({"first": 1}, "width, tokens"),
        ({"table": "23, 6", "walk": "6", "scores": "3"}, "6, 23"),
        ({"table": "len(words) + 1, 6", "walk": "6", "scores": "3", "before": "words = 'abcdefghijklmnopqrstu'"},
         "6, len(words) + 1"),
    ],
)  # fmt: skip
def test_the_readers_tell(changed, wrong):
    found = mended(TAGGER.format(**PLAIN | changed | {"table": wrong}))
    assert not found.doubts
    assert found.output == printed(TAGGER.format(**PLAIN | changed))


def test_as_many_tokens_as_the_table_is_wide():
    program = "table = nn.Embedding({})\nprint(round(table(torch.arange(11)).std().item(), 4))\n"
    found = mended(program.format("4, 11"))
    assert found.doubts
    assert found.output == printed(program.format("11, 4"))


@pytest.mark.parametrize(
    ("table", "walk", "first"),
    [
        # The layer reads the width of the table, which has too few rows.
        ("9, 32", "32", 14),
        # The layer may have been told the number of tokens for the width.
        ("9, 32", "9", 2),
        # It has more rows than columns: there is nothing to exchange.
        ("16, 6", "6", 14),
    ],
)
def test_nothing_is_exchanged_where_it_may_be_meant(table, walk, first):
    changed = {"table": table, "walk": walk, "scores": "3", "first": first}
    found = mended(TAGGER.format(**PLAIN | changed), most=1)
    assert not any("exchanged" in fix.title for fix in found.diagnoses[0].fixes)
