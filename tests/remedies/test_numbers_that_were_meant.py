"""Numbers that do not go with the rest: a branch of a condition, a table for too few steps, scores for no token."""

import pytest
from mended import mended, printed

HEAD = """
    class Net(nn.Module):
        def __init__(self, settings, both):
            super().__init__()
            size = settings["size"]
            self.core = nn.LSTM(3, size, batch_first=True, bidirectional=both)
            width = {width}
            self.inner = nn.Linear(width, width)
            self.top = nn.Linear(width, 2)

        def forward(self, x):
            return self.top(self.inner(self.core(x)[0][:, -1]))


    print(round(Net(dict(size=6), {both})(torch.randn(5, 7, 3)).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("both", "bad", "good"),
    [
        (False, "2 * size if both else 1", "2 * size if both else size"),
        (False, "1 if not both else 2 * size", "size if not both else 2 * size"),
        (True, "4 * size if both else size", "12 if both else size"),
        (True, "size if both else 2 * size", "2 * size if both else size"),
        (False, 'settings.get("width", 4)', 'settings.get("width", 6)'),
        (False, 'settings.get("width") or 4', 'settings.get("width") or 6'),
    ],
)
def test_the_way_that_was_gone_is_the_one_to_change(both, bad, good):
    found = mended(HEAD.format(width=bad, both=both))
    assert found.changed == [f"width = {good}"]
    assert found.output == printed(HEAD.format(width=good, both=both))


def test_a_branch_that_is_handed_to_another_constructor():
    program = """
    class Reader(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.core = nn.GRU(3, width, batch_first=True)

        def forward(self, x, h):
            return self.core(x, h)[0]


    def build(size, both):
        return nn.GRU(3, size, batch_first=True, bidirectional=both), Reader({width})


    first, second = build(6, False)
    x = torch.randn(5, 7, 3)
    print(round(second(x, first(x)[1]).sum().item(), 4))
    """
    found = mended(program.format(width="2 * size if both else 1"))
    assert found.changed == [
        "return nn.GRU(3, size, batch_first=True, bidirectional=both), Reader(2 * size if both else size)"
    ]
    assert found.output == printed(program.format(width="2 * size if both else size"))


def test_a_default_that_nothing_contradicts_is_no_likelier_than_the_axes():
    program = """
    settings = {{}}
    top = nn.Linear(settings.get("width", 6), 2)
    print(round(top({rows}).sum().item(), 4))
    """
    found = mended(program.format(rows="torch.randn(5, 6, 7)"))
    assert found.output == printed(program.format(rows="torch.randn(5, 6, 7).transpose(1, 2)"))


TABLE = """
    LONGEST = {longest}


    class Places(nn.Module):
        def __init__(self, width, longest=LONGEST):
            super().__init__()
            table = torch.zeros(longest, width)
            table[:, 0::2] = torch.arange(longest).unsqueeze(1) / 3
            {turned}
            self.register_buffer("table", table)

        def forward(self, x):
            return x + self.table[{cut}: x.size(1)]


    table = Places(4)
    print(round(table(torch.randn(5, 11, 4)).sum().item(), 4))
"""


@pytest.mark.parametrize(("turned", "cut"), [("", ""), ("table = table.unsqueeze(0)", ":, ")])
def test_a_table_that_was_made_in_the_constructor_is_made_longer(turned, cut):
    found = mended(TABLE.format(longest=8, turned=turned, cut=cut))
    assert found.diagnoses[0].slug == "table_too_short"
    assert found.changed == ["LONGEST = 11"]
    assert found.output == printed(TABLE.format(longest=20, turned=turned, cut=cut))
    assert not found.doubts


DRAWN = """
    LETTERS = "abcdefgh"


    class Writer(nn.Module):
        def __init__(self, letters, size={size}):
            super().__init__()
            self.table = nn.Embedding(letters, {columns})
            {core}

        def forward(self, ids):
            return {scores}


    writer = Writer({letters})
    ids = torch.zeros(1, 1, dtype=torch.long)
    for _ in range(40):
        drawn = torch.multinomial(writer(ids)[:, -1].softmax(-1), 1)
        ids = torch.cat([ids, drawn], dim=1)
    print(ids.tolist())
"""


def drawn(*, columns="letters", core="pass", scores="self.table(ids)", letters="len(LETTERS)"):
    return DRAWN.format(size=60, columns=columns, core=core, scores=scores, letters=letters)


def test_a_table_whose_rows_are_scores_has_a_score_for_each_row():
    found = mended(drawn(columns="size"))
    assert found.changed == ["self.table = nn.Embedding(letters, letters)"]
    assert found.output == printed(drawn())
    assert not found.doubts


def test_the_last_layer_gives_a_score_for_each_row_of_the_table():
    parts = {"columns": 5, "scores": "self.top(self.table(ids))"}
    found = mended(drawn(core="self.top = nn.Linear(5, size)", **parts))
    assert found.output == printed(drawn(core="self.top = nn.Linear(5, letters)", **parts))
    assert not found.doubts


def test_whether_the_table_or_the_scores_are_right_is_in_doubt_where_nothing_was_counted():
    found = mended(drawn(columns="size", letters="8"), most=1)
    assert found.changed == ["self.table = nn.Embedding(letters, letters)"]
    assert found.doubts
