"""A layer that gives another width than several others take is told theirs: the lines behind tell which is odd."""

import pytest
from mended import mended, printed

STACKS = {
    "a norm and a layer behind": """
        class Encoder(nn.Module):
            def __init__(self, channels, rep):
                super().__init__()
                self.body = nn.Sequential(
                    nn.Conv1d(channels, {}, 5, padding=2), nn.BatchNorm1d(12), nn.ReLU(), nn.Conv1d(12, rep, 3)
                )

            def forward(self, x):
                return self.body(x).mean(2)

        print(round(Encoder(3, 8)(torch.randn(6, 3, 20)).std().item(), 4))
    """,
    "the name of what takes it": """
        class Tagger(nn.Module):
            def __init__(self, width):
                super().__init__()
                self.table, self.norm, self.out = nn.Embedding(30, {}), nn.LayerNorm(width), nn.Linear(12, 4)

            def forward(self, words):
                return self.out(self.norm(self.table(words)))

        print(round(Tagger(12)(torch.randint(0, 30, (5, 7))).std().item(), 4))
    """,
}


@pytest.mark.parametrize("program", STACKS.values(), ids=STACKS)
def test_the_odd_one_out_is_changed(program):
    right = "width" if "width" in program else "12"
    found = mended(program.format(13))
    assert found.output == printed(program.format(right))
    assert found.changed[0].count(right) >= 1
    assert not found.doubts


def test_two_tables_that_are_added_are_as_wide_as_what_reads_them():
    program = """
        words, places, out = nn.Embedding(30, {}), nn.Embedding(9, {}), nn.Linear(8, 5)
        ids = torch.randint(0, 30, (4, 9))
        print(round(out(words(ids) + places(torch.arange(9))).std().item(), 4))
    """
    for widths in ((9, 8), (8, 9)):
        found = mended(program.format(*widths))
        assert found.output == printed(program.format(8, 8))
        assert not found.doubts


def test_where_nothing_reads_the_sum_it_is_in_doubt():
    program = """
        words, places = nn.Embedding(30, 9), nn.Embedding(9, 8)
        ids = torch.randint(0, 30, (4, 9))
        print(round((words(ids) + places(torch.arange(9))).std().item(), 4))
    """
    found = mended(program)
    assert found.changed == ["words, places = nn.Embedding(30, 9), nn.Embedding(9, 9)"]
    assert found.doubts == ["either of the two layers may have been told the wrong width"]


def test_of_two_that_disagree_the_one_that_takes_is_changed():
    program = """
        one, two = nn.Linear(5, 13), nn.Linear(12, 3)
        print(round(two(one(torch.randn(6, 5))).std().item(), 4))
    """
    assert mended(program).changed == ["one, two = nn.Linear(5, 13), nn.Linear(13, 3)"]


def test_where_several_give_as_much_none_is_known_to_be_odd():
    program = """
        first, second, norm, out = nn.Linear(5, 13), nn.Linear(13, 13), nn.LayerNorm(12), nn.Linear(12, 3)
        print(round(out(norm(second(first(torch.randn(6, 5))))).std().item(), 4))
    """
    found = mended(program, most=1)
    assert "nn.Linear(5, 12)" not in found.text
