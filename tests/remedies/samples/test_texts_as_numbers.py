"""Texts of which a tensor was to be made give way to their numbers."""

import pytest
from mended import mended, printed

LISTED = """
    NAMES = {names}


    def numbered(kinds):
        labels = []
        for kind in kinds:
            {before}
            labels.append({put})
        {more}
        return {made}


    print(numbered([2, 0, 1, 2]).tolist())
"""
ROWS = """
    from collections import deque

    MOVES = {0: "u", 1: "d", 2: "l"}
    memory = deque()
    for step in range(6):
        number = step * 2 % 3
        move = MOVES[number]
        memory.append((torch.tensor([step]), {}, step > 3))
    {}
    print(moves.tolist(), torch.cat([row[0] for row in memory]).sum().item())
"""
NAMES = ['["cat", "dog", "bird"]', '("cat", "dog", "bird")', '{0: "cat", 1: "dog", 2: "bird"}']


@pytest.mark.parametrize("names", NAMES)
@pytest.mark.parametrize("made", ["torch.tensor(labels)", "torch.LongTensor([each for each in labels])"])
@pytest.mark.parametrize(("before", "put"), [("pass", "NAMES[kind]"), ("name = NAMES[kind]", "name")])
def test_the_number_that_a_text_was_looked_up_by_goes_into_the_list(names, made, before, put):
    parts = {"names": names, "before": before, "made": made, "more": "pass"}
    found = mended(LISTED.format(**parts, put=put))
    assert [each.slug for each in found.diagnoses] == ["texts_made_a_tensor"]
    assert found.output == printed(LISTED.format(**parts, put="kind"))
    assert not found.doubts


@pytest.mark.parametrize(
    "read",
    [
        "moves = torch.LongTensor([m for (s, m, d) in memory])",
        "moves = torch.tensor([move for state, move, done in memory])",
        "states, kept, done = zip(*memory)\n    moves = torch.tensor(kept)",
    ],
)
@pytest.mark.parametrize("put", ["move", "MOVES[number]"])
def test_rows_hold_the_number_where_all_of_one_place_are_read(read, put):
    found = mended(ROWS.replace("{}", put, 1).replace("{}", read))
    assert found.output == printed(ROWS.replace("{}", "number", 1).replace("{}", read))
    assert not found.doubts


def test_texts_that_are_read_elsewhere_leave_a_doubt():
    parts = {"names": NAMES[0], "before": "pass", "put": "NAMES[kind]", "more": "print(sorted(labels))"}
    found = mended(LISTED.format(**parts, made="torch.tensor(labels)"), most=1)
    assert found.changed == ["labels.append(kind)"]
    assert found.doubts == ["the texts are read elsewhere too"]


@pytest.mark.parametrize(
    ("before", "put"),
    [("name = NAMES[kind]\n            kind = kind + 1", "name"), ("pass", "NAMES[kind + 0]"), ("pass", "str(kind)")],
)
def test_without_a_number_that_has_a_name_nothing_is_put_in(before, put):
    parts = {"names": NAMES[0], "more": "pass", "made": "torch.tensor(labels)"}
    found = mended(LISTED.format(**parts, before=before, put=put), most=1)
    assert not found.diagnoses[0].fixes


WORDS = """
    text = "the cat sat on the mat".split()
    {table}
    table = nn.Embedding(6, 3)
    print(table({made}).shape, {made}.tolist())
"""
TABLES = [
    "index = {word: i for i, word in enumerate(sorted(set(text)))}",
    "index = {}\n    for word in text:\n        if word not in index:\n            index[word] = len(index)",
]


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_a_number_for_each_text(table):
    found = mended(WORDS.format(table=table, made="torch.tensor(text)"))
    assert found.output == printed(WORDS.format(table=table, made="torch.tensor([index[w] for w in text])"))
    assert not found.doubts


def test_two_tables_leave_a_doubt():
    table = TABLES[0] + "\n    other = {word: i for i, word in enumerate(text)}"
    found = mended(WORDS.format(table=table, made="torch.tensor(text)"), most=1)
    assert found.changed == [
        "print(table(torch.tensor([index[each] for each in text])).shape, torch.tensor(text).tolist())"
    ]
    assert found.doubts == ["there is more than one table of numbers for texts"]


def test_a_table_of_something_else_is_none():
    table = "index = {word: len(word) for word in text}"
    assert not mended(WORDS.format(table=table, made="torch.tensor(text)"), most=1).diagnoses[0].fixes
