"""How many rows tables of tokens are told."""

import pytest
from mended import mended, printed

FIELDS = """
    import numpy as np

    kinds = [["a", "b", "c"], ["x", "y"], ["k", "l", "m", "n"]]
    index = [{{kind: at + 1 for at, kind in enumerate(each)}} for each in kinds]
    rng = np.random.default_rng(0)


    class Wide(nn.Module):
        def __init__(self, sizes, width):
            super().__init__()
            self.single = nn.ModuleList([nn.Embedding(size{first}, 1) for size in sizes])
            self.paired = nn.ModuleList([nn.Embedding({other}, width) for {name} in {over}])

        def forward(self, x):
            single = sum(table(x[:, at]) for at, table in enumerate(self.single))
            paired = sum(table(x[:, at]) for at, table in enumerate(self.paired))
            return single.squeeze(1) + paired.sum(1)


    rows = torch.tensor([[each[rng.choice(kind)] for each, kind in zip(index, kinds)] for _ in range(30)])
    print(round(Wide([len(each) for each in index], 5)(rows).sum().item(), 4))
"""


@pytest.mark.parametrize("name", ["size", "count"])
def test_all_tables_of_the_same_fields_get_a_row_more(name):
    wrong = FIELDS.format(first="", other=name, name=name, over="sizes")
    found = mended(wrong, most=1)
    assert found.diagnoses[0].slug == "token_out_of_range"
    assert not found.doubts
    assert found.output == printed(FIELDS.format(first=" + 1", other=f"{name} + 1", name=name, over="sizes"))


def test_tables_of_other_fields_keep_their_rows():
    found = mended(FIELDS.format(first="", other="many", name="many", over="[9, 9, 9]"), most=1)
    assert all(len(fix.edits) < 2 for fix in found.diagnoses[0].fixes)
    assert "size + 1" in found.changed[0]


def test_what_is_drawn_of_all_there_is_was_chosen_by_no_scores():
    found = mended(FIELDS.format(first="", other="size", name="size", over="sizes"), most=1)
    assert not any("embedding_dim" in fix.title for fix in found.diagnoses[0].fixes)


def test_a_token_without_a_row_says_nothing_of_the_lengths_that_are_packed():
    program = """
    from torch.nn.utils.rnn import pack_padded_sequence

    class Words(nn.Module):
        def __init__(self, words):
            super().__init__()
            self.table, self.rnn = nn.Embedding(words, 4), nn.GRU(4, 6, batch_first=True)
            self.out = nn.Linear(6, words)

        def forward(self, ids, lengths):
            seen = self.table(ids)
            return self.out(self.rnn(pack_padded_sequence(seen, lengths, batch_first=True))[1][-1])

    ids = torch.tensor([[1, 12, 3], [4, 11, 0]])
    print(Words({})(ids, [3, 2]).shape[0])
    """
    found = mended(program.format(10))
    assert found.changed == ["print(Words(13)(ids, [3, 2]).shape[0])"]
    assert found.output == printed(program.format(13))


COUNTED = """
    words = {{"<pad>": 0, "red": 1, "green": 2, "blue": 3, "grey": 4}}
    labels = ["warm", "cold", "plain"]
    counts = []
    for names in (words, labels):
        counts.append(len(names){less})

    class Words(nn.Module):
        def __init__(self, many, width, classes):
            super().__init__()
            self.table, self.out = nn.Embedding(many, width), nn.Linear(width, classes)

        def forward(self, x):
            return self.out(self.table(x).mean(1))

    model = Words({told})
    print(round(model(torch.tensor([[1, 4], [2, 3]])).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("told", "less", "right"),
    [
        ("len(words) - 1, 6, 3", "", "len(words), 6, 3"),
        ("len(words) - 2, 6, 3", "", "len(words), 6, 3"),
        ("counts[0], 6, 3", " - 1", "counts[0], 6, 3"),
        ("3, 6, len(words)", "", "len(words), 6, 3"),
        ("3, 6, classes=len(words)", "", None),
        ("3, 6, 3", "", None),
        ("3, 6, len(labels)", "", None),
    ],
)
def test_a_table_has_a_row_for_each_word_that_is_counted(told, less, right):
    found = mended(COUNTED.format(told=told, less=less))
    if right is None:
        assert not any("len(" in fix.title or "exchanged" in fix.title for fix in found.diagnoses[0].fixes)
    else:
        assert found.output == printed(COUNTED.format(told=right, less=""))
        assert not found.doubts
